"""Tests of operators, their rights and their sign-on."""
