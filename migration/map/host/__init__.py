"""What becomes of configure and the client daemon."""
