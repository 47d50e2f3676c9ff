"""From scripts for cloudhsm_mgmt_util and key_mgmt_util to scripts for CloudHSM CLI: read, plan, translate."""
