"""The commands below ``crypto``, one a file."""
