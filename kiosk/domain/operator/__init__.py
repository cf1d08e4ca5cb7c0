"""Operators: who they are, what they may do alone or with a second person, and when a sign-on is refused."""
