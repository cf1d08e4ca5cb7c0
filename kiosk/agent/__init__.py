"""The second process of a device: sends the ledger to headquarters and fetches the catalog, over MQTT."""
