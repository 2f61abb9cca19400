"""The first day with real cameras: what nobody could observe without them becomes facts of one rig."""
