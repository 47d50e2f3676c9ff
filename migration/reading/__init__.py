"""What scripts take out of a legacy tool's output: tried out on samples of it, never on a cluster and in no process."""
