"""Python programs: pexpect and subprocess."""
