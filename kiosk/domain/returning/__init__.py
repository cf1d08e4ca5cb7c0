"""Goods that come back: what was sold, what is left of it, what a part of it is worth, and how far a shop goes."""
