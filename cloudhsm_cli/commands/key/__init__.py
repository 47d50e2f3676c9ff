"""The commands below ``key``, one a file."""
