"""Goods that need someone: found at any time, collected in one list, solved before payment."""
