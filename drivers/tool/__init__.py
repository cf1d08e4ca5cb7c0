"""The technician's tool: one module for each command of `python -m drivers`."""
