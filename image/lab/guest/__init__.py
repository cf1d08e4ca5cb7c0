"""What runs inside the lab's machine: USB gadgets, the device side of each, and the cases of the contract suite."""
