"""The factory calibration that a recording carries as an attachment, as the device gave it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kinect_sync.files import open_file
from kinect_sync.takes.mkv.ebml import Id
from kinect_sync.takes.mkv.elements import Element, ElementFile
from kinect_sync.takes.mkv.tags import CALIBRATION_NAME


def read_calibration(path: Path) -> bytes | None:
    """Return the calibration JSON of a recording; None where it carries none. OSError where it can't be read.

    The attachment stands before the first cluster, so that a file which a kill cut off has it too.
    """
    with open_file(path) as stream:
        file = ElementFile(stream)
        for attached in _attached_files(file):
            fields = {child.id: child for child in file.children(attached.payload, attached.end)}
            name = fields.get(Id.FILE_NAME)
            data = fields.get(Id.FILE_DATA)
            if name is None or data is None or not file.whole(data):
                continue
            if file.payload(name).rstrip(b"\0").decode(errors="replace") == CALIBRATION_NAME:
                return file.payload(data).rstrip(b"\0")
    return None


def _attached_files(file: ElementFile) -> Iterator[Element]:
    segment = next((each for each in file.children(0, file.size) if each.id == Id.SEGMENT), None)
    if segment is None:
        return
    # libk4arecord, when killed, leaves a size of 0 or that of the last flush.
    for part in file.children(segment.payload, file.size):
        if part.id == Id.CLUSTER:
            return
        if part.id == Id.ATTACHMENTS:
            yield from (each for each in file.children(part.payload, part.end) if each.id == Id.ATTACHED_FILE)
