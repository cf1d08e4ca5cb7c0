"""What a device keeps on disk: SQLite, one file per writer, and the bell between the two processes."""
