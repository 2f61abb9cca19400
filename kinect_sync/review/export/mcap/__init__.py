"""A take as one MCAP file, for programs that look at recordings of robots: Foxglove, Lichtblick, Rerun."""
