"""Readers, one a kind of file: what a script says, line by line."""
