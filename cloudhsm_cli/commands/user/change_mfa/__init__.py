"""The commands of `user change-mfa`."""
