"""A view: pictures of a rig or a take, for whoever looks at them while it runs or afterwards."""

from __future__ import annotations

from kinect_sync.findings.model import failure

NEWEST_UNPUBLISHED = failure(
    "newest-unpublished",
    "What a device gives can't be put where a viewer finds it: no room there, or no right to write.",
    "make room in the folder that is named, or let TMPDIR name another one",
)
