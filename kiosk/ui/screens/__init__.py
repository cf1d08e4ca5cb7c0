"""One layout per kind of screen, each as kv for portrait and for landscape panels."""
