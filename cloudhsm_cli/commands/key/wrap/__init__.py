"""The commands below ``key wrap``, one a file."""
