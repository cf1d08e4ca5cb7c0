"""Fuzzing of every codec of the drivers: mutated real frames, in random pieces, by the million."""
