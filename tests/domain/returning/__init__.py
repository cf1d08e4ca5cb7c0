"""Tests of goods that come back."""
