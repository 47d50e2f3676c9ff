"""The commands of cloudhsm-migrate, one a file."""
