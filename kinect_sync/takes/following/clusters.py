"""The clusters of a recording from any place in it: where the next one begins, behind damage too."""

from __future__ import annotations

from collections.abc import Iterator

from kinect_sync.takes.mkv import ebml
from kinect_sync.takes.mkv.ebml import MAX_HEAD, Id
from kinect_sync.takes.mkv.elements import TOP_LEVEL, Element, ElementFile

LARGEST_NBYTES = 128 << 20
"""No cluster has so much: where one says so, these are no clusters."""

_CLUSTER = ebml.encode_id(Id.CLUSTER)
_TIME = ebml.encode_id(Id.TIMESTAMP)
_CHUNK = 1 << 20
_BETWEEN = TOP_LEVEL | {Id.VOID, Id.CRC_32}


def whole_clusters(begin: int, file: ElementFile) -> Iterator[Element]:
    """Walk the whole clusters from a place that is between two, or in what is damaged, to the end."""
    at: int | None = begin
    while at is not None:
        resume = None
        for child in file.children(at, file.size):
            at = child.start
            if child.id not in _BETWEEN or child.end - child.start > LARGEST_NBYTES:
                break
            if not file.whole(child) or not child.sized:
                return  # the rest of it is still to come
            if child.id == Id.CLUSTER:
                yield child
            at = child.end
        if file.size - at >= MAX_HEAD:
            resume = next_cluster(at + 1, file)
        at = resume if resume is not None and resume < file.size else None


def next_cluster(begin: int, file: ElementFile) -> int:
    """Return where the first cluster from here on begins; the end of the file where none does."""
    for at in range(begin, file.size, _CHUNK):
        data = file.read(at, _CHUNK + len(_CLUSTER) - 1)
        found = data.find(_CLUSTER)
        while found >= 0:
            if _is_cluster(at + found, file):
                return at + found
            found = data.find(_CLUSTER, found + 1)
    return file.size


def cluster_time(at: int, file: ElementFile) -> int | None:
    """Return the time of the cluster that begins here, in the file's unit; None where none does."""
    found = next(file.children(at, file.size), None)
    if found is None or found.id != Id.CLUSTER or found.glance[:1] != _TIME:
        return None
    width = found.glance[1] & 0x7F
    return int.from_bytes(found.glance[2 : 2 + width], "big")


def _is_cluster(at: int, file: ElementFile) -> bool:
    """Tell a cluster from pixels that look like the beginning of one: by what it holds, and what follows."""
    found = next(file.children(at, file.size), None)
    if found is None or not found.sized or found.glance[:1] != _TIME:
        return False
    following = next(file.children(found.end, file.size), None)
    return following is None or following.id in _BETWEEN
