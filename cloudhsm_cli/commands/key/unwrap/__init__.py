"""The commands below ``key unwrap``, one a file."""
