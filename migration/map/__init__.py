"""What becomes of each legacy command: one file a command, found by ``table``."""
