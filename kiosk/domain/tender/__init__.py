"""Means of payment: which of them may pay what, in which order, and what a refund goes back to."""
