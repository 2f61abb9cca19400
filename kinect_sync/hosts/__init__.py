"""The hosts of a rig as a director sees them: where devices are, who is there, and what was left there."""
