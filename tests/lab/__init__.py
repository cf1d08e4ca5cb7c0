"""The virtual hardware lab: its host side, tested anywhere, and the whole of it where there is QEMU."""
