"""The virtual hardware lab: our drivers against USB devices of a real kernel, in a virtual machine without hardware."""
