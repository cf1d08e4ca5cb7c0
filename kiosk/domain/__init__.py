"""What a sale is: pure records and rules, without I/O, clock or thread."""
