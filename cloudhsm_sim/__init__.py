"""The operator's tool: make, look at, break, back up and clone simulated clusters."""
