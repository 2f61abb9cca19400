"""The version of ksync, where every room can have it: the package's own door opens upon rooms above."""

from __future__ import annotations

__version__ = "0.1.0"


def installed_version(package: str) -> str | None:
    """Return the version of a package by its name on the index; None where it is not installed."""
    from importlib import metadata  # `ksync --help` needs none of it

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
