"""The cloudhsm_mgmt_util shell (CMU): users, quorum, sharing and repair, one server at a time."""
