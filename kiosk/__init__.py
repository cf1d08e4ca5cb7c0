"""What runs on the device: checkout, screens, ledger and agent."""
