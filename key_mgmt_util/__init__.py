"""The key_mgmt_util shell (KMU): keys, through the client daemon and the whole cluster."""
