"""Devices: scanners, scales, printers, payment terminals. Knows nothing of shops."""
