"""What a person sees and hears in each state, as data: one model feeds pixels, focus order, speech and tests."""
