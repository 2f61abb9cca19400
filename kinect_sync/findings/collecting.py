"""Files of a take that lie on other hosts: who serves them, and how they come to one computer."""

from __future__ import annotations

from kinect_sync.findings.model import refusal

FILE_NOT_SERVED = refusal(
    "file-not-served",
    "A host was asked for what is no recording of a take below its takes folder.",
    "name a take; a recording there is a file of its own, and no link",
)
HOST_RECORDS = refusal(
    "host-records",
    "Files of a host are not collected while it records: its disk and its network are the recording's.",
    "collect again when the take has ended; `ksync hosts list` shows what is recorded",
)
