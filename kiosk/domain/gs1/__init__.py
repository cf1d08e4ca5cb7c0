"""GS1 data in bar codes: application identifiers, element strings, Digital Links, and what scanners make of them."""
