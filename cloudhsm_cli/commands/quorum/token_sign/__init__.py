"""The commands of `quorum token-sign`."""
