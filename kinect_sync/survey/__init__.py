"""What a rig tells before a take: its inventory, its jacks, its wiring, and proof that it is in sync."""
