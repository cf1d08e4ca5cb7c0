"""The shopper's conversation: states, events, effects, and the one pure function between them."""
