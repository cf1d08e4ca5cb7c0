"""Signed policies: every way to refuse one, and the switch at the second."""
