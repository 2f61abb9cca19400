"""How the devices of a rig stand to one another in space: boards, what was seen of them, and what follows."""
