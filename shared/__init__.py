"""The HSM model and what the two shells have in common."""
