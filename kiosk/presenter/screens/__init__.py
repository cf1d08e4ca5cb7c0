"""One function a screen: state in, ordered items out."""
