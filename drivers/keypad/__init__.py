"""Tactile keypads and the headset jack."""
