"""What a country's law wants of a cash register: the interface all countries share, and one folder for each."""
