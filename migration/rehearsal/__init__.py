"""A script and its translation, each run on a copy of a cluster, and what differs afterwards."""
