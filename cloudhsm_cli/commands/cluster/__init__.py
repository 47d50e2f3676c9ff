"""The commands of `cluster`."""
