"""One command a file; ``key_mgmt_util.table`` finds it by name."""
