"""Who belongs together, and how each knows the other: the studio, its certificates and its addresses."""
