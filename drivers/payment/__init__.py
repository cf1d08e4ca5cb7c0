"""Payment terminals."""
