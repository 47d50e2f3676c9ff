"""The command groups of ``cloudhsm-sim``, one a file; ``cloudhsm_sim.main`` finds them by name."""
