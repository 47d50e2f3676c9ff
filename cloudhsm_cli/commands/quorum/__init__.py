"""The commands of `quorum`."""
