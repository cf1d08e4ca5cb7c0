"""Bar-code scanners."""
