"""The worker's side: one device, its queue and its file, in a process of their own."""
