"""Prices a transaction: the document that says everything, the engine, and the totals."""
