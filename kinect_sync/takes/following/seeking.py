"""One capture of a recording by its device times, wherever it stands: for whoever looks back in a take.

A recording grows evenly, so that where a time stands is guessed well: a few heads of clusters are read among
gigabytes, also of a file that nobody finished.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from kinect_sync.takes.following.captures import RecordedCapture, StoredImage
from kinect_sync.takes.following.clusters import cluster_time, next_cluster, whole_clusters
from kinect_sync.takes.mkv.elements import ElementFile
from kinect_sync.takes.mkv.facts import Facts
from kinect_sync.takes.mkv.scan import BlockWalk

NEAR_NBYTES = 4 << 20
"""So little is walked through rather than halved."""
_MARGIN_US = 500_000
"""An image stands so far from its time's place at most: two periods at 5 fps, and some."""


class Place(NamedTuple):
    """A place in a file, and the time of what stands there in µs since its start."""

    at: int
    time_us: int


def find_capture(
    times_us: Mapping[str, int],
    file: ElementFile,
    facts: Facts,
    ends: tuple[Place, Place],
    stored: StoredImage,
) -> RecordedCapture | None:
    """Return the images with these device times, by track; None where the file has none of them.

    `ends` are the first and the last capture of the file, or places about there.
    """
    begin_us = facts.start_offset_us or 0
    wanted = {track: time_us - begin_us for track, time_us in times_us.items()}
    if not wanted:
        return None
    start = _before(min(wanted.values()) - _MARGIN_US, file, facts, ends)
    walk, last_us = BlockWalk(file), max(wanted.values()) + _MARGIN_US
    for cluster in whole_clusters(start, file):
        if (_time_us(cluster.start, file, facts) or 0) > last_us:
            break
        walk.take(cluster)
    images = {
        track: replace(stored, offset=int(block["offset"]), nbytes=int(block["size"]))
        for track, time_us in wanted.items()
        if (header := facts.track(track)) is not None
        for block in walk.track_blocks(header.number)
        if int(block["time"]) * facts.timestamp_scale_ns // 1000 == time_us
    }
    return RecordedCapture({track: times_us[track] for track in images}, images) if images else None


def _before(time_us: int, file: ElementFile, facts: Facts, ends: tuple[Place, Place]) -> int:
    """Return where a cluster begins that comes not long before a time; the first one if none does."""
    low, high, halve = *ends, False
    while high.at - low.at > NEAR_NBYTES:
        share = (time_us - low.time_us) / max(1, high.time_us - low.time_us)
        guess = low.at + int((high.at - low.at) * (0.5 if halve else min(max(share, 0.0), 1.0)))
        guess = min(max(guess - NEAR_NBYTES // 4, low.at + 1), high.at - 1)
        found = next_cluster(guess, file)
        found_us = _time_us(found, file, facts) if found < high.at else None
        if found_us is None or found_us > time_us:
            high = Place(guess, high.time_us if found_us is None else found_us)
        else:
            low = Place(found, found_us)
        halve = not halve  # a guess that is ever a little off may not come nearer
    return low.at


def _time_us(at: int, file: ElementFile, facts: Facts) -> int | None:
    time = cluster_time(at, file)
    return None if time is None else time * facts.timestamp_scale_ns // 1000
