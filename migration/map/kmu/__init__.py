"""What becomes of the commands of key_mgmt_util."""
