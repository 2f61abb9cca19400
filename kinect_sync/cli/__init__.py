"""What the operator sees: the only place with click, rich and exit codes."""
