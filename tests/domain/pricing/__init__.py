"""Tests of pricing: the document, the whole call, and the shares that come back."""
