"""What is known to break takes, looked for before it does."""
