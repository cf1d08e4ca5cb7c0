"""Tests of commands for a person at a device."""
