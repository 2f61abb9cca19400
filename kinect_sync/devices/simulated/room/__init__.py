"""The one room that all devices of a simulated bench look into, and the board that is walked through it.

Lenses, poses and projection are this package's own: it knows neither `kinect_sync.geometry` nor what
calibrates, so that it cannot flatter what it tests. `world.World` is the way in.

The world's frame: metres, z up, the origin on the floor in the middle of the room. A camera's frame: x right,
y down, z forward. Poses are 4 × 4 matrices, named target_from_source.
"""
