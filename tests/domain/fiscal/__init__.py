"""Tests of the fiscal rules."""
