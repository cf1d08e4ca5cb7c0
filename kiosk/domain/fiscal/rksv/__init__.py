"""Austria: the Registrierkassensicherheitsverordnung (RKSV, BGBl. II 410/2015)."""
