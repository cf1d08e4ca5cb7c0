"""Promotions: whose rules we reproduce, what shoppers see, and what always holds."""
