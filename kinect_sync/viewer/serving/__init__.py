"""The page and its server: who may see it, and how many at a time."""
