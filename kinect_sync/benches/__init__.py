"""Where an adapter is picked: the choice of a bench, and the processes that open it."""
