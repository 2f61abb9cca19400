"""A small EBML dump, on its own: what stands in a file, told without the code under test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_MASTERS = {
    0x18538067: "Segment", 0x1549A966: "Info", 0x1654AE6B: "Tracks", 0xAE: "TrackEntry", 0xE0: "Video",
    0x1941A469: "Attachments", 0x61A7: "AttachedFile", 0x1254C367: "Tags", 0x7373: "Tag", 0x63C0: "Targets",
    0x67C8: "SimpleTag", 0x1F43B675: "Cluster", 0xA0: "BlockGroup", 0x1C53BB6B: "Cues", 0xBB: "CuePoint",
    0xB7: "CueTrackPositions", 0x114D9B74: "SeekHead", 0x4DBB: "Seek", 0x1A45DFA3: "EBML",
}  # fmt: skip
_LEAVES = {
    0x2AD7B1: "TimestampScale", 0x4D80: "MuxingApp", 0x5741: "WritingApp", 0x4461: "DateUTC", 0x7BA9: "Title",
    0x4489: "Duration", 0xD7: "TrackNumber", 0x73C5: "TrackUID", 0x83: "TrackType", 0x86: "CodecID",
    0x536E: "Name", 0x63A2: "CodecPrivate", 0x23E383: "DefaultDuration", 0xB0: "PixelWidth",
    0xBA: "PixelHeight", 0x466E: "FileName", 0x4660: "FileMediaType", 0x465C: "FileData", 0x46AE: "FileUID",
    0x63CA: "TargetType", 0x63C5: "TagTrackUID", 0x63C6: "TagAttachmentUID", 0x45A3: "TagName",
    0x4487: "TagString", 0xE7: "Timestamp", 0xA3: "SimpleBlock", 0xA1: "Block", 0x9B: "BlockDuration",
    0xB3: "CueTime", 0xF7: "CueTrack", 0xF1: "CueClusterPosition", 0x53AB: "SeekID", 0x53AC: "SeekPosition",
    0xEC: "Void", 0xBF: "CRC-32", 0x4282: "DocType", 0x4286: "EBMLVersion", 0x42F7: "EBMLReadVersion",
    0x42F2: "EBMLMaxIDLength", 0x42F3: "EBMLMaxSizeLength", 0x4287: "DocTypeVersion",
    0x4285: "DocTypeReadVersion",
}  # fmt: skip


@dataclass(frozen=True)
class Node:
    name: str
    start: int
    payload: int
    end: int
    data: bytes
    children: tuple[Node, ...]

    def all(self, *path: str) -> list[Node]:
        """Every node under this one that lies at the path of names."""
        if not path:
            return [self]
        return [node for child in self.children if child.name == path[0] for node in child.all(*path[1:])]

    def one(self, *path: str) -> Node:
        (node,) = self.all(*path)
        return node

    @property
    def number(self) -> int:
        return int.from_bytes(self.data, "big")

    @property
    def string(self) -> str:
        return self.data.decode()


def dump(data: bytes) -> Node:
    """The whole file as a tree; an id that an Azure Kinect recording has no use for is an error."""
    return Node("file", 0, 0, len(data), b"", tuple(_walk(data, 0, len(data))))


def _walk(data: bytes, at: int, end: int) -> Iterator[Node]:
    while at < end:
        element_id, id_length = _vint(data, at)
        size, width = _vint(data, at + id_length)
        size &= (1 << 7 * width) - 1
        payload = at + id_length + width
        stop = end if size == (1 << 7 * width) - 1 else payload + size
        if stop > end:
            raise ValueError(f"element {element_id:X} at {at} reaches beyond its parent")
        if element_id in _MASTERS:
            children = tuple(_walk(data, payload, stop))
            yield Node(_MASTERS[element_id], at, payload, stop, b"", children)
        else:
            yield Node(_LEAVES[element_id], at, payload, stop, data[payload:stop], ())
        at = stop


def _vint(data: bytes, at: int) -> tuple[int, int]:
    length = next(n for n in range(1, 9) if data[at] & 0x80 >> n - 1)
    return int.from_bytes(data[at : at + length], "big"), length
