"""The reference headquarters: owns the catalog and books what lanes sell."""
