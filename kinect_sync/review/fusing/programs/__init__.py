"""What programs that reconstruct, splat or play read of a calibrated rig, each in its own axes and files."""
