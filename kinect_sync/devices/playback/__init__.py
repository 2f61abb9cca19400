"""Recordings as a bench: MKV files play the part of devices, so that all else can be tried on real images.

One file is one device. A subordinate's file begins to play when the master's does, as pulses would come. It
plays in real time, or as fast as it is read; captures then say that they reached the host when they would
have in real time.
"""

from kinect_sync.devices.playback.bench import PlaybackBench
from kinect_sync.devices.playback.device import PlaybackDevice

__all__ = ["PlaybackBench", "PlaybackDevice"]
