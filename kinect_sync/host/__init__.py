"""What this computer can do: everything around the cameras that is known to break takes."""
