"""A view: pictures of a rig or a take, for whoever looks at them while it runs or afterwards."""

from __future__ import annotations

from kinect_sync.findings.model import failure, warning

NEWEST_UNPUBLISHED = failure(
    "newest-unpublished",
    "What a device gives can't be put where others find it: no room there, or no right to write.",
    "make room in memory (in a container: `--shm-size`), or let KSYNC_MEMORY name a folder that has it",
)
VIEWER_CANNOT_LISTEN = failure(
    "viewer-cannot-listen",
    "The page can't be served at the address and port that were given.",
    "give another --port, or leave it out: then a free one is taken",
)
VIEWER_IS_OPEN = warning(
    "viewer-is-open",
    "The page is served to other computers, and nothing on its way is encrypted.",
    "leave --host out, and reach the page through `ssh -L`, where you do not trust everybody in this network",
)
VIEWER_NOT_STARTED = warning(
    "viewer-not-started",
    "The process that shows a take did not start; the take goes on without it.",
    "run `ksync view` with the take's folder in another shell",
)
