"""Several HSMs: who belongs together, which one serves a request, what is copied to the others."""
