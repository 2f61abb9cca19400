"""Streams: rows that a program takes while they happen."""

from __future__ import annotations

from kinect_sync.findings.model import failure

DIRECTOR_NOT_STARTED = failure(
    "director-not-started",
    "The system starts no process to direct a stream: it allows no more files, processes or memory.",
    "raise what it allows (`ulimit -n`, `ulimit -u`), or close other programs",
)
