"""Real cryptography for the model: generation, check values, masking, passwords.

Each module imports only what it uses, as a tool that is started for one command pays for every import.
"""
