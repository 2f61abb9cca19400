"""The Kinect adapter: Azure Kinects, and Orbbec's Femto behind the same SDK interface, through pyk4a.

Importing this package needs neither pyk4a nor a native library; the first touch of a bench does.
"""

from kinect_sync.devices.k4a.bench import KinectBench
from kinect_sync.devices.k4a.device import KinectDevice

__all__ = ["KinectBench", "KinectDevice"]
