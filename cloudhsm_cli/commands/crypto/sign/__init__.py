"""The commands below ``crypto sign``, one a file."""
