"""What becomes of the commands of cloudhsm_mgmt_util."""
