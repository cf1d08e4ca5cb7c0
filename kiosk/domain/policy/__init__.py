"""Signed policies: what a lane may do, dated, for a place, and refused unless all of it is right."""
