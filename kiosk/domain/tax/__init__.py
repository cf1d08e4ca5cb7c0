"""Taxes: which rules tax a line, how much of a price they are, and how they are rounded."""
