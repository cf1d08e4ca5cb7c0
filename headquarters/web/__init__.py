"""Headquarters over HTTP: what web shops and other systems ask, answered by the engines that the lanes use."""
