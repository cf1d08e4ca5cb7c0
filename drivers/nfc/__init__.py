"""NFC and contactless readers."""
