"""The commands of `user change-quorum token-sign`."""
