"""What an inspection finds in sets of recordings, good and with each defect."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from pathlib import Path

import pytest

from kinect_sync.errors import UsageError
from kinect_sync.review.inspection.examining import examine
from kinect_sync.review.inspection.model import FileInspection, Inspection
from kinect_sync.review.inspection.rebuilding import rebuild
from kinect_sync.rig.modes import Role
from tests.review.sets import LEFT, MASTER, RIGHT, Filmed, write_recording, write_set

EPOCH_US = 1_760_000_000_000_000
HOUR_2_US = 4_400_000_000
SDK_MASTER, SDK_LEFT, SDK_RIGHT = (replace(each, sdk=True) for each in (MASTER, LEFT, RIGHT))


def inspect(tmp_path: Path, *filmed: Filmed) -> Inspection:
    return examine([write_set(tmp_path / "set", filmed)]).inspection


def device(inspection: Inspection, name: str) -> FileInspection:
    return next(each for each in inspection.devices if each.name == name)


CASES = [
    ("a good set", (MASTER, LEFT, RIGHT), None, "in_sync", 60),
    ("a set behind an external trigger", (LEFT, RIGHT), "no-master", "in_sync", 60),
    (
        "begun 73 minutes after the cameras",
        (replace(MASTER, start_us=HOUR_2_US), replace(LEFT, start_us=HOUR_2_US + 352_000)),
        "offset-beyond-sdk",
        "in_sync",
        50,
    ),
    (
        "a depth delay with a sign",
        (replace(MASTER, depth=True, depth_delay_us=-200), replace(LEFT, depth=True, depth_delay_us=300)),
        None,
        "in_sync",
        60,
    ),
    ("no calibration", (MASTER, replace(LEFT, calibrated=False)), "no-calibration", "in_sync", 60),
    (
        "recorded standalone",
        (replace(MASTER, role=Role.STANDALONE), replace(LEFT, role=Role.STANDALONE)),
        "standalone-file",
        "unsynchronized",
        60,
    ),
    ("two masters", (MASTER, LEFT, replace(RIGHT, role=Role.MASTER)), "two-masters", "out_of_sync", 60),
    ("a standalone among others", (MASTER, LEFT, replace(RIGHT, role=Role.STANDALONE)), "standalone-file",
     "out_of_sync", 60),
    ("other fps",
     (MASTER, LEFT, replace(RIGHT, fps=15, period_us=1e6 / 15)), "fps-differ", "out_of_sync", 60),
    (
        "a Femto's clocks, one set back by 1 ms",
        tuple(
            replace(each, start_us=EPOCH_US, drift_ppm=0, serial=serial, step_us=step_us)
            for each, serial, step_us in ((MASTER, "CL8K14101E3", 0), (LEFT, "CL8K14101E4", 1000))
        ),
        "femto-clock",
        "in_sync",
        60,
    ),
    ("a file that was not finished", (MASTER, replace(LEFT, unfinished=True)), "file-unfinished", "in_sync",
     60),
    ("captures that are not there", (MASTER, replace(LEFT, drop=(7, 8, 9, 20))), "captures-not-recorded",
     "incomplete", 60),
    ("half captures",
     (MASTER, replace(LEFT, depth=True, half=(5, 6))), "captures-half-capture", "incomplete", 60),
    ("late by 1.7 ms, always", (MASTER, replace(LEFT, bias_us=1700)), "constant-bias", "out_of_sync", 60),
    ("a clock that was set", (MASTER, replace(LEFT, step_us=900, pulses=90), replace(RIGHT, pulses=90)),
     "timing-step", "out_of_sync", 60),
    ("color and depth apart", (MASTER, replace(LEFT, depth=True, depth_error_us=2000)), "color-depth-apart",
     "out_of_sync", 60),
    ("a trigger at 25 Hz", tuple(replace(each, period_us=40_000) for each in (LEFT, RIGHT)), "wrong-period",
     "incomplete", 60),
    ("one device twice", (MASTER, LEFT, replace(LEFT, name="copy")), "serial-twice", "incomplete", 60),
    ("one that ends early",
     (replace(MASTER, pulses=150), replace(LEFT, pulses=90)), "file-uneven", "in_sync", 90),
    ("one that begins late", (replace(MASTER, pulses=90), replace(LEFT, first=35, pulses=90)), "file-uneven",
     "in_sync", 55),
    ("not at the same time", (replace(MASTER, pulses=40), replace(LEFT, first=50, pulses=90)),
     "no-common-pulse", "unsynchronized", 0),
    ("a clock that went back",
     (MASTER, replace(LEFT, step_us=200_000)), "timestamps-go-back", "incomplete", 54),
    ("drops, drift and a late end at once",
     (replace(MASTER, pulses=150, drop=(7,)), replace(LEFT, drift_ppm=-400, drop=(9, 30, 31), pulses=90),
      replace(RIGHT, drift_ppm=400, first=3, pulses=150)), "captures-not-recorded", "incomplete", 87),
    ("jitter", (MASTER, replace(LEFT, jitter_us=400)), "timing-jitter", "out_of_sync", 60),
    ("a Femto's clocks, set every minute for three",
     tuple(replace(each, start_us=EPOCH_US, serial=serial, drift_ppm=drift_ppm, set_every_s=60, fps=5,
                   period_us=200_000, pulses=900)
           for each, serial, drift_ppm in ((MASTER, "CL8K14101E3", -20), (LEFT, "CL8K14101E4", 20))),
     "femto-clock", "in_sync", 900),
    ("of two takes", (MASTER, replace(LEFT, zero_s=20)), "clock-unrelated", "unsynchronized", 60),
    ("of one zero, or not", (MASTER, replace(LEFT, zero_s=3)), "start-order-unclear", "in_sync", 60),
    ("of two takes, the other way round", (MASTER, LEFT, replace(RIGHT, zero_s=-20)), "clock-unrelated",
     "out_of_sync", 60),
    ("the SDK's, a subordinate started late", (SDK_MASTER, replace(SDK_LEFT, zero_s=2)),
     "subordinate-started-late", "unsynchronized", 60),
    ("the SDK's, and minutes after the cameras",
     (replace(SDK_MASTER, start_us=HOUR_2_US), replace(SDK_LEFT, start_us=HOUR_2_US, zero_s=9)),
     "subordinate-started-late", "unsynchronized", 60),
    ("the SDK's, a second apart", (SDK_MASTER, replace(SDK_LEFT, zero_s=1)), "start-order-unclear", "in_sync",
     60),
    ("the SDK's, one that waited", (SDK_MASTER, replace(SDK_LEFT, zero_s=-300)), None, "in_sync", 60),
    ("the SDK's, one that could not wait so long", (SDK_MASTER, replace(SDK_LEFT, zero_s=-500)),
     "start-order-unclear", "in_sync", 60),
    ("the SDK's, a file begun late",
     (replace(SDK_MASTER, pulses=200), replace(SDK_LEFT, first=80, pulses=200)), "file-uneven", "in_sync",
     120),
    ("the SDK's, without a date", (SDK_MASTER, replace(SDK_LEFT, dated=False)), "start-order-unknown",
     "in_sync", 60),
    ("the SDK's, a trigger that may have run", (SDK_LEFT, replace(SDK_RIGHT, zero_s=3)), "no-master",
     "in_sync", 60),
]  # fmt: skip


@pytest.mark.parametrize(("filmed", "code", "verdict", "pulses"), [case[1:] for case in CASES],
                         ids=[case[0] for case in CASES])  # fmt: skip
def test_each_defect_is_told_with_its_remedy(
    tmp_path: Path, filmed: tuple[Filmed, ...], code: str | None, verdict: str, pulses: int
) -> None:
    inspection = inspect(tmp_path, *filmed)
    codes = [finding.code for finding in inspection.findings]
    assert (code in codes) if code else not codes, codes
    assert inspection.verdict == verdict, [str(each) for each in inspection.findings]
    assert abs(inspection.pulses - pulses) <= 10 if pulses == 50 else inspection.pulses == pulses
    for finding in inspection.findings:
        assert finding.remedy or finding.severity == "note", finding


def test_the_numbers_are_those_of_the_pulses(tmp_path: Path) -> None:
    left = replace(LEFT, first=2, pulses=200, drop=(50, 51, 52, 120), sub_delay_us=100, bias_us=40)
    examination = examine([write_set(tmp_path, [replace(MASTER, pulses=202), left])])
    inspection, entry = examination.inspection, device(examination.inspection, "left")
    assert (inspection.pulses, inspection.complete) == (198, 194)
    assert [(run.pulse, run.pulses, run.at_s) for run in entry.hole_runs] == [(48, 3, 1.6), (118, 1, 3.933)]
    assert (entry.captures, entry.dropped, entry.holes) == (194, 4, {"not_recorded": 4})
    assert entry.longest_gap_s == pytest.approx(4 / 30, abs=1e-3)
    assert entry.drift_ppm == pytest.approx(80, abs=2)
    # 80 ppm of the 219,566 µs since the clocks' zero would be 18 µs; here the clocks begin together at 0.
    assert entry.bias_us == pytest.approx(40, abs=30)
    front = device(inspection, "front")
    assert (front.captures_before, front.captures_after) == (2, 2)
    assert inspection.first_pulse_us["front"] == MASTER.time_us(2)
    assert inspection.last_pulse_us["left"] == left.time_us(199)
    assert examination.table is not None
    assert examination.table.captures[:3].tolist() == [[2, 0], [3, 1], [4, 2]]


def test_drift_before_the_first_file_does_not_slip_a_pulse_where_rates_are_known(
    tmp_path: Path,
) -> None:
    # 20 s at 400 ppm are 8 ms; at 250 s the same clocks are three periods apart.
    filmed = [replace(MASTER, start_us=250_000_000, pulses=300)]
    filmed.append(replace(LEFT, start_us=250_000_000 + 100_000, drift_ppm=400, pulses=300, first=1))
    inspection = inspect(tmp_path, *filmed)
    assert inspection.verdict == "in_sync"
    assert inspection.first_pulse_us == {"front": filmed[0].time_us(1), "left": filmed[1].time_us(1)}
    assert device(inspection, "left").bias_us is None
    assert "bias-untold" in [finding.code for finding in inspection.findings]


def test_a_file_that_was_complete_before_the_masters_was_begun_is_told(tmp_path: Path) -> None:
    folder = write_set(tmp_path, [SDK_MASTER, replace(SDK_LEFT, zero_s=-5.0)])
    assert examine([folder]).inspection.findings == ()
    made_ns = examine([folder]).members[0].recording.facts.created_utc_ns
    assert made_ns is not None
    os.utime(folder / "left.mkv", ns=(made_ns - 10**9, made_ns - 10**9))
    assert [each.code for each in examine([folder]).inspection.findings] == ["files-apart"]
    # An hour before it was made itself: the clock of that disk is another.
    os.utime(folder / "left.mkv", ns=(made_ns - 3600 * 10**9, made_ns - 3600 * 10**9))
    assert examine([folder]).inspection.findings == ()


def test_what_no_pulse_ties_is_tied_by_dates_only_on_request(tmp_path: Path) -> None:
    folder = write_set(tmp_path, [replace(SDK_MASTER, pulses=200), replace(SDK_LEFT, zero_s=3, pulses=100)])
    tied = examine([folder], by_host=True)
    assert (tied.inspection.aligned_by, tied.inspection.verdict) == ("host_time", "out_of_sync")
    assert tied.table is not None
    front, left = tied.table.captures[0].tolist()
    assert (left, abs(front - 90) <= 1) == (0, True), "3 s are 90 pulses"
    # Rebuilt, it stays what it is.
    rebuild(tied)
    again = examine([folder]).inspection
    assert (again.aligned_by, again.verdict) == ("host_time", "out_of_sync")
    assert again.findings[0].code == "aligned-by-host"


def test_a_take_that_was_rebuilt_is_as_long_as_before(tmp_path: Path) -> None:
    folder = write_set(tmp_path, [replace(MASTER, pulses=100), replace(LEFT, first=2, pulses=80)])
    before = examine([folder])
    rebuild(before)
    again = examine([folder]).inspection
    assert (again.verdict, again.pulses, again.complete) == ("in_sync", 78, 78)


def test_a_single_recording_is_not_called_in_sync(tmp_path: Path) -> None:
    inspection = inspect(tmp_path, replace(MASTER, drop=(4,)))
    entry = inspection.devices[0]
    assert (inspection.verdict, inspection.pulses, entry.dropped) == ("incomplete", 60, 1)
    assert (entry.bias_us, entry.jitter_us, entry.drift_ppm) == (None, None, None)
    assert examine([write_set(tmp_path / "whole", [MASTER])]).inspection.verdict == "complete"


def test_what_can_not_be_read_is_told_and_the_rest_is_inspected(tmp_path: Path) -> None:
    folder = write_set(tmp_path, [MASTER, LEFT])
    (folder / "right.mkv").write_bytes(b"no film")
    inspection = examine([folder]).inspection
    assert [finding.code for finding in inspection.findings] == ["recording-not-matroska"]
    assert inspection.findings[0].device == "right"
    assert (inspection.verdict, len(inspection.devices)) == ("incomplete", 2)


@pytest.mark.parametrize(
    ("paths", "code"),
    [(["missing.mkv"], "no-such-path"), (["empty"], "no-recordings"), (["a.mkv"], "recording-not-matroska"),
     (["a.mkv", "a.mkv"], "path-twice")],
)  # fmt: skip
def test_what_is_no_set_is_refused(tmp_path: Path, paths: list[str], code: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.mkv").write_bytes(b"no film")
    with pytest.raises(UsageError) as caught:
        examine([tmp_path / path for path in paths])
    assert caught.value.findings[0].code == code


def test_files_of_one_name_in_two_folders_keep_apart(tmp_path: Path) -> None:
    for filmed in (MASTER, LEFT):
        (tmp_path / filmed.name).mkdir()
        write_recording(tmp_path / filmed.name / "output 1.mkv", filmed)
    inspection = examine([tmp_path / "front" / "output 1.mkv", tmp_path / "left" / "output 1.mkv"]).inspection
    assert [each.name for each in inspection.devices] == ["front-output-1", "left-output-1"]
    assert inspection.verdict == "in_sync"


@pytest.mark.parametrize("seed", range(4))
def test_no_truncation_is_more_than_a_finding(tmp_path: Path, seed: int) -> None:
    folder = write_set(
        tmp_path, [replace(MASTER, pulses=20), replace(LEFT, pulses=20, unfinished=seed % 2 > 0)]
    )
    whole = (folder / "left.mkv").read_bytes()
    chosen = random.Random(seed)
    for end in [chosen.randrange(len(whole)) for _ in range(60)]:
        (folder / "left.mkv").write_bytes(whole[:end])
        inspection = examine([folder]).inspection
        codes = {finding.code for finding in inspection.findings if finding.device == "left"}
        assert codes & {"file-unfinished", "recording-header-incomplete", "recording-not-matroska"}, end


@pytest.mark.parametrize("seed", range(4))
def test_no_changed_byte_is_more_than_a_finding(tmp_path: Path, seed: int) -> None:
    folder = write_set(tmp_path, [replace(MASTER, pulses=8), replace(LEFT, pulses=8)])
    whole = bytearray((folder / "left.mkv").read_bytes())
    chosen = random.Random(seed)
    for _ in range(200):
        changed = bytearray(whole)
        for _ in range(chosen.randrange(1, 4)):
            changed[chosen.randrange(len(whole))] = chosen.randrange(256)
        (folder / "left.mkv").write_bytes(changed)
        assert examine([folder]).inspection.devices
