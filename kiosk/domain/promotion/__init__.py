"""Promotions: what is offered to whom on which goods, and what it takes off a basket."""
