"""Folds over ledger entries."""
