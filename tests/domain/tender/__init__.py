"""Means of payment: the rules, the arithmetic, and what must never happen."""
