"""The commands of `user`."""
