"""The director's side: start sequence, supervision and alignment of one run of a rig."""
