"""An index that lacks what a host recorded unheard, completed: nothing that was told is lost."""

from __future__ import annotations

import csv
import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kinect_sync.findings import Finding
from kinect_sync.findings.hosts import HOST_LOST
from kinect_sync.findings.recording import LAST_CAPTURES_UNTOLD
from kinect_sync.review.completing import complete_take
from kinect_sync.review.inspection.examining import examine
from kinect_sync.takes.index import IndexFile
from kinect_sync.takes.manifest import Manifest
from kinect_sync.takes.manifest_file import read_manifest, write_manifest
from kinect_sync.takes.names import INDEX, KEPT_INDEX, KEPT_MANIFEST, MANIFEST
from kinect_sync.verdicts import Verdict
from tests.review.small_takes import PERIOD_US, make_take

Table = list[dict[str, str]]
WHOLE_PPM = 3e6 / PERIOD_US
"""Clocks drift apart by whole microseconds from pulse to pulse, as timestamps can tell."""
FIELDS = ("capture", "color_us", "depth_us", "host_ns", "residual_us")


def read(folder: Path, name: str = INDEX) -> Table:
    with (folder / name).open(newline="") as stream:
        return list(csv.DictReader(stream))


def write(folder: Path, rows: Table) -> None:
    with (folder / INDEX).open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def unheard(rows: Table, device: str, since: int, reason: str = "device_lost") -> Table:
    """The rows as they are where nobody heard of a device's captures from a pulse on."""
    told = [dict(row) for row in rows]
    for row in told[since:]:
        row.update({f"{device}.{field}": "" for field in FIELDS} | {f"{device}.hole": reason})
    return told


def without_arrivals(rows: Table, device: str, since: int) -> Table:
    """The rows with all that a recording tells."""
    told = [dict(row) for row in rows]
    for row in told[since:]:
        row[f"{device}.host_ns"] = ""
    return told


def change(folder: Path, changed: Callable[[Manifest], Manifest]) -> None:
    write_manifest(folder, changed(read_manifest(folder)))


def lost(device: str, *findings: Finding) -> Callable[[Manifest], Manifest]:
    """What take.json says where the host of a device was away at the end."""

    def changed(manifest: Manifest) -> Manifest:
        assert manifest.report is not None
        devices = tuple(
            each.model_copy(update={"captures": 3, "lost": True}) if each.name == device else each
            for each in manifest.report.devices
        )
        told = {"devices": devices, "verdict": Verdict.INCOMPLETE, "complete": 3, "findings": findings}
        return manifest.model_copy(update={"report": manifest.report.model_copy(update=told)})

    return changed


def told_pulses(count: int) -> Callable[[Manifest], Manifest]:
    """What take.json says of a take that ended after so many pulses."""

    def changed(manifest: Manifest) -> Manifest:
        assert manifest.report is not None
        return manifest.model_copy(update={"report": manifest.report.model_copy(update={"pulses": count})})

    return changed


def judged(verdict: Verdict) -> Callable[[Manifest], Manifest]:
    """What take.json says before the last of what a completion does."""

    def changed(manifest: Manifest) -> Manifest:
        assert manifest.report is not None
        return manifest.model_copy(update={"report": manifest.report.model_copy(update={"verdict": verdict})})

    return changed


@pytest.fixture
def take(tmp_path: Path) -> Path:
    return make_take(tmp_path / "walk", drift_ppm=WHOLE_PPM)


def test_captures_that_nobody_heard_of_come_into_the_index(take: Path) -> None:
    whole = read(take)
    cut = unheard(whole, "left", since=3)
    write(take, cut)
    away = HOST_LOST.found("`host-b` did not come back")
    change(take, lost("left", away, LAST_CAPTURES_UNTOLD.found("untold", device="left")))
    before = (take / MANIFEST).read_bytes()

    (told,) = complete_take(take)

    assert "3 captures of `left`" in told.what
    assert read(take) == without_arrivals(whole, "left", since=3)
    assert read(take, KEPT_INDEX) == cut
    assert (take / KEPT_MANIFEST).read_bytes() == before
    report = read_manifest(take).report
    assert report is not None
    assert (report.verdict, report.complete) == (Verdict.IN_SYNC, 6)
    left = next(each for each in report.devices if each.name == "left")
    assert (left.captures, left.dropped, left.holes, left.lost) == (6, 0, {}, False)
    assert [(each.code, str(each.severity.value)) for each in report.findings] == [
        ("host-lost", "warning"),
        ("index-completed", "note"),
    ]
    inspection = examine([take]).inspection
    assert (inspection.verdict, inspection.findings) == (Verdict.IN_SYNC, ())


def test_it_is_done_once(take: Path) -> None:
    write(take, unheard(read(take), "left", since=3))
    change(take, lost("left"))
    complete_take(take)
    files = {each.name: each.read_bytes() for each in take.iterdir()}
    assert complete_take(take) == ()
    assert {each.name: each.read_bytes() for each in take.iterdir()} == files


def test_whoever_was_killed_between_take_json_and_the_index_is_followed_by_another(take: Path) -> None:
    whole = read(take)
    cut = unheard(whole, "left", since=3)
    write(take, cut)
    change(take, lost("left"))
    complete_take(take)
    files = {each.name: each.read_bytes() for each in take.iterdir()}
    write(take, cut)
    change(take, judged(Verdict.INCOMPLETE))
    complete_take(take)
    assert {each.name: each.read_bytes() for each in take.iterdir()} == files


def test_whoever_was_killed_before_the_verdict_is_followed_by_another(take: Path) -> None:
    write(take, unheard(read(take), "left", since=3))
    change(take, lost("left"))
    complete_take(take)
    files = {each.name: each.read_bytes() for each in take.iterdir()}
    change(take, judged(Verdict.INCOMPLETE))
    assert complete_take(take) == ()
    assert {each.name: each.read_bytes() for each in take.iterdir()} == files


def test_a_disk_without_room_for_the_index_leaves_take_json_as_it_is(
    take: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(take, unheard(read(take), "left", since=3))
    change(take, lost("left"))
    before = {name: (take / name).read_bytes() for name in (MANIFEST, INDEX)}

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(IndexFile, "append", full)
    with pytest.raises(OSError, match="space"):
        complete_take(take)
    assert {name: (take / name).read_bytes() for name in (MANIFEST, INDEX)} == before


def test_an_index_that_lacks_nothing_is_left_alone(take: Path) -> None:
    files = {each.name: each.read_bytes() for each in take.iterdir()}
    assert complete_take(take) == ()
    assert {each.name: each.read_bytes() for each in take.iterdir()} == files


def test_residuals_come_with_the_reference(take: Path) -> None:
    whole = read(take)
    cut = unheard(whole, "front", since=2)
    for row in cut[2:]:
        row.update({"left.residual_us": "", "right.residual_us": ""})
    write(take, cut)
    change(take, lost("front"))
    complete_take(take)
    assert read(take) == without_arrivals(whole, "front", since=2)


@pytest.mark.parametrize("reason", ["device_lost", "late"])
def test_a_hole_in_the_recording_is_not_put_down_to_a_loss_that_was_none(tmp_path: Path, reason: str) -> None:
    take = make_take(tmp_path / "walk", holes={"left": {4: "sensor_dropped"}})
    write(take, unheard(read(take), "left", since=3, reason=reason))
    change(take, lost("left"))
    complete_take(take)
    assert [row["left.hole"] for row in read(take)] == ["", "", "", "", "not_recorded", ""]


def test_reasons_that_were_told_stay(tmp_path: Path) -> None:
    take = make_take(tmp_path / "walk", holes={"right": {1: "queue_full"}, "left": {0: "half_capture"}})
    whole = read(take)
    write(take, unheard(whole, "left", since=3))
    change(take, lost("left"))
    complete_take(take)
    assert read(take) == without_arrivals(whole, "left", since=3)


def test_a_take_whose_director_died_gets_its_end(take: Path) -> None:
    whole = read(take)
    write(take, whole[:4])
    change(
        take, lambda manifest: manifest.model_copy(update={"state": "recording", "report": None, "end": None})
    )
    complete_take(take)
    expected = whole
    for device in ("front", "left", "right"):
        expected = without_arrivals(expected, device, since=4)
    assert read(take) == expected
    manifest = read_manifest(take)
    assert (manifest.state, manifest.report and manifest.report.verdict) == ("finished", Verdict.IN_SYNC)


def test_a_take_whose_hosts_were_all_away_gets_what_they_recorded_after_its_end(take: Path) -> None:
    """As where nobody was heard for an hour, and the director gave up."""
    whole = read(take)
    write(take, whole[:4])
    for device in ("front", "left", "right"):
        change(take, lost(device))
    change(take, told_pulses(4))
    complete_take(take)
    expected = whole
    for device in ("front", "left", "right"):
        expected = without_arrivals(expected, device, since=4)
    assert read(take) == expected
    report = read_manifest(take).report
    assert report is not None
    assert (report.pulses, report.complete, report.verdict) == (6, 6, Verdict.IN_SYNC)
    assert complete_take(take) == ()


def test_of_devices_that_ended_apart_nothing_is_left_out(tmp_path: Path) -> None:
    ends = dict.fromkeys((4, 5), "device_lost")
    take = make_take(tmp_path / "walk", holes={"right": ends})
    whole = read(take)
    write(take, whole[:3])
    change(
        take, lambda manifest: manifest.model_copy(update={"state": "recording", "report": None, "end": None})
    )
    complete_take(take)
    assert [row["right.hole"] for row in read(take)] == ["", "", "", "", "device_lost", "device_lost"]
    assert [row["left.capture"] for row in read(take)] == ["0", "1", "2", "3", "4", "5"]
