"""The header of a recording whose depth and IR tracks are packed, or unpacked again.

All else of it is copied byte for byte: a restored recording has its tracks' ids, tags and calibration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kinect_sync.takes.archive.original import ORIGINAL_ROOM, ORIGINAL_TAG, RESTORE_NAME
from kinect_sync.takes.mkv import ebml
from kinect_sync.takes.mkv.ebml import Id
from kinect_sync.takes.mkv.elements import MOST_NBYTES, Element, ElementFile
from kinect_sync.takes.mkv.facts import Facts, TrackFacts
from kinect_sync.takes.mkv.layout import Header, assemble_header, bitmap_info
from kinect_sync.takes.mkv.repair import info_with
from kinect_sync.takes.mkv.tags import build_tag, new_uid
from kinect_sync.takes.packing.packings import PACKED, TRACK_TAGS, Packing

RESTORE_CODEC = "S_KSYNC/RESTORE"
_SUBTITLE = 17


@dataclass(frozen=True)
class Tracks:
    """What becomes of the tracks of a recording."""

    packing: Packing | None
    """None to unpack them."""
    extradata: Mapping[int, bytes]
    """By the number of each track of depth or IR: what its decoder must know."""
    restore: int | None = None
    """Number of the track with what is kept for the way back; None for none."""


def build_header(
    file: ElementFile, ebml_head: bytes, parts: Mapping[int, Element], facts: Facts, tracks: Tracks
) -> Header:
    """Return the header of the new file, from the parts of the old one's."""
    entries = [*_entries(file, parts[Id.TRACKS], facts, tracks)]
    tags = [*_tags(file, parts[Id.TAGS], tracks)]
    attachments = parts.get(Id.ATTACHMENTS)
    return assemble_header(
        ebml_head,
        {
            Id.INFO: info_with(file, parts.get(Id.INFO), 0),
            Id.TRACKS: ebml.element(Id.TRACKS, *entries),
            Id.ATTACHMENTS: _copy(file, attachments) if attachments else ebml.element(Id.ATTACHMENTS),
            Id.TAGS: ebml.element(Id.TAGS, *tags),
        },
    )


def _entries(file: ElementFile, element: Element, facts: Facts, tracks: Tracks) -> Iterator[bytes]:
    described = iter(facts.tracks)
    for child in file.children(element.payload, element.end):
        if child.id == Id.TRACK_ENTRY:
            track = next(described)
            if track.name != RESTORE_NAME:
                yield _entry(file, child, track, tracks) if track.name in PACKED else _copy(file, child)
    if tracks.restore is not None:
        yield ebml.element(
            Id.TRACK_ENTRY,
            ebml.uint(Id.TRACK_NUMBER, tracks.restore),
            ebml.uint(Id.TRACK_UID, new_uid()),
            ebml.uint(Id.TRACK_TYPE, _SUBTITLE),
            ebml.text(Id.CODEC_ID, RESTORE_CODEC),
            ebml.text(Id.TRACK_NAME, RESTORE_NAME),
        )


def _entry(file: ElementFile, element: Element, track: TrackFacts, tracks: Tracks) -> bytes:
    """Return the entry of a packed or unpacked track: another name and another codec, all else as it was."""
    size, packing = (track.width, track.height), tracks.packing
    name = packing.track_name(track.name) if packing else track.name
    extradata = tracks.extradata.get(track.number, b"")
    nbytes = 0 if packing else size[0] * size[1] * 2
    bitmap = bitmap_info(size, packing.pixels if packing else "b16g", extradata, nbytes)
    new = {
        Id.TRACK_NAME: ebml.text(Id.TRACK_NAME, name),
        Id.CODEC_PRIVATE: ebml.element(Id.CODEC_PRIVATE, bitmap),
    }
    kept = file.children(element.payload, element.end)
    return ebml.element(
        Id.TRACK_ENTRY, *(new.get(child.id) or _copy(file, child) for child in kept if child.id != Id.CRC_32)
    )


def _tags(file: ElementFile, element: Element, tracks: Tracks) -> Iterator[bytes]:
    names = TRACK_TAGS if tracks.packing else {ours: sdk for sdk, ours in TRACK_TAGS.items()}
    for tag in file.children(element.payload, element.end):
        if tag.id == Id.TAG and _name(file, tag) != ORIGINAL_TAG:
            yield _renamed(file, tag, names)
    if tracks.restore is not None:
        yield build_tag(ORIGINAL_TAG, " " * ORIGINAL_ROOM)


def _name(file: ElementFile, tag: Element) -> str:
    simple = (child for child in file.children(tag.payload, tag.end) if child.id == Id.SIMPLE_TAG)
    fields = (field for child in simple for field in file.children(child.payload, child.end))
    return next(
        (file.payload(each).decode(errors="replace") for each in fields if each.id == Id.TAG_NAME), ""
    )


def _renamed(file: ElementFile, tag: Element, names: Mapping[str, str]) -> bytes:
    """Return a tag, called as `names` say."""
    parts = []
    for child in file.children(tag.payload, tag.end):
        if child.id != Id.SIMPLE_TAG:
            parts.append(_copy(file, child))
            continue
        fields = []
        for field in file.children(child.payload, child.end):
            name = (
                names.get(file.payload(field).decode(errors="replace")) if field.id == Id.TAG_NAME else None
            )
            fields.append(ebml.text(Id.TAG_NAME, name) if name else _copy(file, field))
        parts.append(ebml.element(Id.SIMPLE_TAG, *fields))
    return ebml.element(Id.TAG, *parts)


def _copy(file: ElementFile, element: Element) -> bytes:
    """Return an element with its head, byte for byte."""
    nbytes = element.end - element.start
    if nbytes > MOST_NBYTES:
        raise ValueError("a part of its header is far larger than any")
    return file.read(element.start, nbytes)
