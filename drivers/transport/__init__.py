"""Ways to reach a device: serial lines, TCP, evdev nodes, each with deadlines."""
