"""A bench without hardware: a world of simulated devices, cables and faults that several processes share.

It behaves as the hardware does, faults included, and shares no arithmetic with `kinect_sync.timing`: it
may not flatter the code that it tests. A world can be described (`world`) without the devices (`bench`).
"""
