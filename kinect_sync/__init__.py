"""Record rigs of synchronized Azure Kinect DK cameras.

The command is `ksync`; the packages are described in docs/architecture.md.
"""

from kinect_sync.version import __version__

__all__ = ["__version__"]
