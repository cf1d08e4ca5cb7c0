"""Commands for a person at a device that belong to no other part."""
