"""Lane lights."""
