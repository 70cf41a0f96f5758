"""How many providers a village's people choose from at most."""

N_SLOTS = 8
