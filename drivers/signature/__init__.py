"""Signature units: the sealed device, card or service that signs what a fiscal law wants signed."""
