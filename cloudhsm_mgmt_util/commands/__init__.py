"""One command a file; ``cloudhsm_mgmt_util.table`` finds it by name."""
