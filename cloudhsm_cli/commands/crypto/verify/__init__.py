"""The commands below ``crypto verify``, one a file."""
