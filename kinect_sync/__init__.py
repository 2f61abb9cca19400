"""Record rigs of synchronized Azure Kinect DK cameras.

The command is `ksync`; the packages are described in docs/architecture.md.
"""

__version__ = "0.1.0"
