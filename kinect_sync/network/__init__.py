"""What carries words between director and agents: Zenoh, with both sides' certificates."""
