"""What cloudhsm-migrate raises."""


class RefusedError(Exception):
    """A command that cannot be met; the message is one line for the user."""
