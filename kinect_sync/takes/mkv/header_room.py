"""The start of a recording, rebuilt within the bytes that it has: no capture behind it moves.

Recorders leave Voids there for what they write at the end. Info, tags and the table of places (SeekHead)
share those with their neighbours; tracks and calibration stay where they are.
"""

from __future__ import annotations

from itertools import groupby

from kinect_sync.errors import KsyncError
from kinect_sync.findings.files import REPAIR_NO_ROOM
from kinect_sync.takes.mkv import ebml
from kinect_sync.takes.mkv.ebml import Id
from kinect_sync.takes.mkv.elements import Element, ElementFile

_MOVABLE = (Id.VOID, Id.SEEK_HEAD, Id.INFO, Id.TAGS, Id.CRC_32)
_FOUND_BY_SEEK = (Id.INFO, Id.TRACKS, Id.ATTACHMENTS, Id.TAGS, Id.CUES)


class HeaderRoom:
    """The elements before the first cluster, and the room between those that do not move."""

    def __init__(self, file: ElementFile, segment: Element, end: int) -> None:
        """Take the bytes from the start of the file to the first cluster, at `end`."""
        self._file = file
        self._segment = segment
        self._end = end
        self._elements = list(file.children(segment.payload, end))

    def rebuilt(self, *, info: bytes, tags: bytes, cues_at: int, end: int) -> bytes:
        """Return the start of the file with Info, more tags, and the places of everything.

        `cues_at` is where the index stands in the file, and `end` where the file ends. Raises `KsyncError`
        (`repair-no-room`) where it does not fit.
        """
        places = {element.id: element.start for element in self._elements if element.id not in _MOVABLE}
        places[Id.CUES] = cues_at
        # All positions take the same number of bytes, so that the size is known before they are.
        runs = self._runs(self._seek_head(dict.fromkeys(_FOUND_BY_SEEK, 0)), info, tags)
        for start, _, contents in runs:
            at = start
            for data in contents:
                places[ebml.decode_head(data).id] = at
                at += len(data)
        seek_head = self._seek_head(places)
        head = bytearray(self._file.read(0, self._end))
        for number, (start, room, contents) in enumerate(runs):
            whole = [seek_head, *contents[1:]] if number == 0 else contents
            head[start : start + room] = self._filled(whole, room)
        self._set_size(head, end)
        return bytes(head)

    def _runs(self, seek_head: bytes, info: bytes, tags: bytes) -> list[tuple[int, int, list[bytes]]]:
        """Return start, room and contents of each stretch of elements that may move."""
        has_info = any(element.id == Id.INFO for element in self._elements)
        runs: list[tuple[int, int, list[bytes]]] = []
        for movable, group in groupby(self._elements, lambda element: element.id in _MOVABLE):
            if movable:
                elements = list(group)
                contents = [] if runs else [seek_head, *([] if has_info else [info])]
                contents += [
                    self._content(each, info, tags) for each in elements if each.id in (Id.INFO, Id.TAGS)
                ]
                runs.append((elements[0].start, elements[-1].end - elements[0].start, contents))
        return runs

    def _content(self, element: Element, info: bytes, tags: bytes) -> bytes:
        if element.id == Id.INFO:
            return info
        kept = [
            self._file.read(child.start, child.end - child.start)
            for child in self._file.children(element.payload, element.end)
            if child.id != Id.CRC_32  # it would no longer be right
        ]
        return ebml.element(Id.TAGS, *kept, tags)

    def _seek_head(self, places: dict[int, int]) -> bytes:
        return ebml.element(
            Id.SEEK_HEAD,
            *(
                ebml.element(
                    Id.SEEK,
                    ebml.element(Id.SEEK_ID, ebml.encode_id(element_id)),
                    ebml.element(
                        Id.SEEK_POSITION, (at - self._segment.payload).to_bytes(8, "big", signed=True)
                    ),
                )
                for element_id, at in places.items()
                if element_id in _FOUND_BY_SEEK
            ),
        )

    def _filled(self, contents: list[bytes], room: int) -> bytes:
        """Return contents and a Void that fill the room exactly."""
        data = b"".join(contents)
        left = room - len(data)
        if left == 1:  # no Void is that small; a size may be written a byte longer
            *before, last = contents
            head = ebml.decode_head(last)
            payload = last[head.length :]
            id_bytes = ebml.encode_id(head.id)
            wider = ebml.encode_size(len(payload), head.length - len(id_bytes) + 1)
            return b"".join([*before, id_bytes, wider, payload])
        if left < 0:
            raise self._no_room()
        return data + (ebml.void(left) if left else b"")

    def _set_size(self, head: bytearray, end: int) -> None:
        at = self._segment.start + len(ebml.encode_id(Id.SEGMENT))
        width = self._segment.payload - at
        try:
            head[at : at + width] = ebml.encode_size(end - self._segment.payload, width)
        except ValueError as error:
            raise self._no_room() from error

    def _no_room(self) -> KsyncError:
        what = "its recorder left no room for what is missing at the start of the file"
        return KsyncError(REPAIR_NO_ROOM.found(what))
