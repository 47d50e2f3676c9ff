"""The commands of `user change-quorum`."""
