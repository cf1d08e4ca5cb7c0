"""The small set of widgets all screens are made of."""
