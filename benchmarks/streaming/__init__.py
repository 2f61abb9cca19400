"""What the benchmark of live rows compares with: plain pyk4a, and the way of Microsoft's green_screen."""
