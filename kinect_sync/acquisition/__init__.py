"""What we do: start sequence, one worker process per device, recording."""
