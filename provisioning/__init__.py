"""The operator's side: identity of devices, settings, fleets."""
