"""The commands of `cluster mtls`."""
