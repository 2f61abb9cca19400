"""A take whose depth and IR are packed, as `start --compress` leaves it, is reviewed as any other."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from kinect_sync.errors import UsageError
from kinect_sync.library.take import open_take
from kinect_sync.review.inspection.examining import examine
from kinect_sync.review.inspection.rebuilding import rebuild
from kinect_sync.review.report.writing import write_report
from kinect_sync.takes.manifest_file import read_manifest
from kinect_sync.takes.mkv.reader import read_recording
from kinect_sync.takes.names import INDEX, MANIFEST
from kinect_sync.takes.packing.packings import Packing
from tests.review.exported import export
from tests.review.small_takes import make_take

HOLES = {"left": {2: "sensor_dropped"}, "right": {3: "half_capture"}}
NAMES = ("front", "left", "right")
DAMAGED = 4
"""Pulse of which front's depth is damaged in a copy."""


@pytest.fixture(scope="module")
def takes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same take, once as always and once packed."""
    folder = tmp_path_factory.mktemp("takes")
    return tuple(
        make_take(folder / name / "take", pulses=6, holes=HOLES, packing=packing)
        for name, packing in (("plain", None), ("packed", Packing.PNG))
    )


@pytest.fixture
def damaged(takes: tuple[Path, Path], tmp_path: Path) -> Path:
    """The packed take, with a byte of one depth image flipped."""
    folder = Path(shutil.copytree(takes[1], tmp_path / "damaged"))
    path = folder / "front.mkv"
    blocks = read_recording(path).tracks["DEPTH"]
    data = bytearray(path.read_bytes())
    data[int(blocks.offsets[DAMAGED]) + int(blocks.sizes[DAMAGED]) // 2] ^= 1
    path.write_bytes(data)
    return folder


def files_in(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".json":
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def test_its_export_is_the_same(takes: tuple[Path, Path], tmp_path: Path) -> None:
    for take, folder in zip(takes, ("plain", "packed"), strict=True):
        report = export(take, tmp_path / folder, holes=True)
        assert report.broken == 0
    plain, packed = (dict(files_in(tmp_path / folder)) for folder in ("plain", "packed"))
    assert plain == packed
    assert len(plain) > 5 * 3 * 3


def test_its_images_are_the_same_from_python(takes: tuple[Path, Path]) -> None:
    plain, packed = (open_take(take) for take in takes)
    rows = list(zip(plain.rows(), packed.rows(), strict=True))
    assert len(rows) == 4
    for row, other in rows:
        for name in NAMES:
            assert np.array_equal(row[name].depth, other[name].depth)
            assert np.array_equal(row[name].ir, other[name].ir)
            assert row[name].color_jpeg == other[name].color_jpeg


def test_it_is_inspected_reported_and_rebuilt(takes: tuple[Path, Path], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(takes[1], tmp_path / "take"))
    plain, packed = (examine([take]).inspection for take in (takes[0], folder))
    assert packed.model_copy(update={"devices": (), "take": None}) == plain.model_copy(
        update={"devices": (), "take": None}
    )
    assert [each.captures for each in packed.devices] == [each.captures for each in plain.devices]
    page = write_report(folder, tmp_path / "report.html")
    assert page is not None
    assert "no picture" not in (tmp_path / "report.html").read_text()
    index = (folder / INDEX).read_text().splitlines()
    (folder / INDEX).unlink()
    (folder / MANIFEST).unlink()
    rebuild(examine([folder]))
    manifest = read_manifest(folder)
    assert (manifest.format, {device.packing for device in manifest.devices}) == (4, {Packing.PNG})
    assert len((folder / INDEX).read_text().splitlines()) == len(index)


def test_a_damaged_image_is_told_by_device_and_pulse_and_costs_nothing_else(
    damaged: Path, takes: tuple[Path, Path], tmp_path: Path
) -> None:
    report = export(damaged, tmp_path / "out", holes=True)
    assert report.broken == 1
    (finding,) = [each for each in report.findings if each.code == "image-broken"]
    assert finding.device == "front"
    assert f"pulse {DAMAGED}" in finding.what
    whole = dict(files_in(takes[1]))
    assert whole.keys() == dict(files_in(damaged)).keys()
    row = open_take(damaged).row(DAMAGED)
    with pytest.raises(UsageError, match=f"depth of pulse {DAMAGED} is broken") as told:
        row["front"].depth  # noqa: B018 - it is read when it is looked at
    assert told.value.findings[0].device == "front"
    assert row["front"].ir.shape == row["left"].depth.shape
