"""Recordings told without their images."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from kinect_sync.takes.mkv.reader import read_recording
from kinect_sync.takes.packing.packings import Packing
from kinect_sync.takes.recording_times import pack_times, unpack_times
from tests.review.small_takes import make_take


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return make_take(tmp_path / "walk") / "left.mkv"


@pytest.mark.parametrize("packing", [None, Packing.PNG])
def test_what_is_told_of_a_recording_is_what_it_says(tmp_path: Path, packing: Packing | None) -> None:
    recording = make_take(tmp_path / "walk", pulses=2, packing=packing) / "left.mkv"
    read = read_recording(recording)
    assert read.facts.packing is packing
    told = unpack_times(pack_times(read), recording)
    for field in ("path", "facts", "start_offset_us", "start_offset_from", "complete", "truncated_bytes"):
        assert getattr(told, field) == getattr(read, field), field
    assert list(told.tracks) == list(read.tracks)
    for name, track in read.tracks.items():
        assert np.array_equal(told.tracks[name].timestamps_us, track.timestamps_us)


def test_it_is_told_in_a_few_bytes_for_each_image(recording: Path) -> None:
    assert len(pack_times(read_recording(recording))) < recording.stat().st_size / 100


@pytest.mark.parametrize(
    "packed",
    [b"", b"{}\n", b"[]\n", b"no json\n", b"cut", b"more", b"[" * 100_000 + b"\n", b"infinite"],
    ids=lambda each: each.decode().strip()[:10],
)
def test_what_is_none_of_that_is_refused(recording: Path, packed: bytes) -> None:
    whole = pack_times(read_recording(recording))
    infinite = re.sub(rb'"start_offset_us": \d+', b'"start_offset_us": Infinity', whole)
    mangled = {b"cut": whole[:-8], b"more": whole + bytes(8), b"infinite": infinite}.get(packed, packed)
    with pytest.raises(ValueError):
        unpack_times(mangled, recording)


def test_counts_below_zero_are_refused(recording: Path) -> None:
    line, _, content = pack_times(read_recording(recording)).partition(b"\n")
    header = json.loads(line)
    header["blocks"] |= {"COLOR": -1, "DEPTH": header["blocks"]["DEPTH"] + header["blocks"]["COLOR"] + 1}
    with pytest.raises(ValueError, match="times"):
        unpack_times(json.dumps(header).encode() + b"\n" + content, recording)
