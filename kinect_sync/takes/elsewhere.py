"""Where the recordings of a take were written: on the computer of its folder, or on another host."""

from __future__ import annotations

from collections.abc import Mapping

from kinect_sync.takes.manifest import Manifest


def hosts_of_files(manifest: Manifest) -> Mapping[str, str]:
    """Return by recording the host that wrote it, but for those of the director's computer."""
    return {each.file: each.host for each in manifest.devices if each.host is not None}
