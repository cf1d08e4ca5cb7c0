"""Tests of goods that need someone."""
