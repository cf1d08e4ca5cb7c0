"""The language shared with headquarters: typed records, topics, canonical JSON."""
