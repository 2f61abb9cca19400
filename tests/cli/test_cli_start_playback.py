"""`ksync start --playback`: takes of ksync, of libk4arecord and of a real Kinect, recorded once more."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kinect_sync.cli.main import run
from kinect_sync.rig.model import RigFields
from kinect_sync.rig.modes import Role
from kinect_sync.takes.index_reader import read_index
from kinect_sync.takes.mkv.reader import read_image, read_recording
from kinect_sync.takes.names import INDEX
from kinect_sync.takes.packing.packings import Packing
from tests.cli.commands import PATIENCE_S, ROOT, Ended, run_ksync
from tests.cli.crowd import fresh_folders
from tests.review.sets import LEFT, MASTER, RIGHT, date_like, write_set
from tests.review.small_takes import color_rig, make_take, small_rig

pytest.importorskip("pyk4a", exc_type=ImportError)

REAL = ROOT.parent / "shared" / "data" / "recording.mkv"
NAMES = ("front", "left", "right")
TRACKS = ("COLOR", "DEPTH", "IR")
OTHERS = [
    {**each.model_dump(), "serial": f"00099999999{9 - place}"}
    for place, each in enumerate(color_rig().devices)
]
Printed = pytest.CaptureFixture[str]


def write_rig(folder: Path, rig: RigFields) -> Path:
    """A rig file; JSON is YAML."""
    path = folder / "rig.yaml"
    path.write_text(rig.model_dump_json(by_alias=True, exclude_defaults=True))
    return path


def play(rig: Path, recordings: Path, output: Path, *options: object) -> Ended:
    return run_ksync(
        "start", rig, "--playback", recordings, "--fast", "-o", output, "--name", "again", "--json", *options
    )


def images(take: Path, name: str) -> list[bytes]:
    recording = read_recording(take / f"{name}.mkv")
    return [
        read_image(recording, track, index)
        for track in TRACKS
        for index in range(len(recording.tracks[track].timestamps_us))
    ]


@pytest.mark.realtime
def test_a_take_played_back_is_the_same_take(tmp_path: Path) -> None:
    # Depth that is half a period from color, and comes alone at either end, belongs to the take too.
    holes = {"left": {0: "half_capture", 20: "sensor_dropped", 21: "sensor_dropped"},
             "right": {40: "half_capture", 89: "half_capture"}}  # fmt: skip
    devices = [each.model_dump(mode="json") for each in small_rig().devices]
    for device, delay_us in zip(devices, (0, -20_000, 20_000), strict=True):
        device["depth_delay_off_color_usec"] = delay_us
    rig = small_rig(devices=devices)
    # Packed before and after: what nobody packs is played below.
    take = make_take(tmp_path / "take", pulses=90, holes=holes, drift_ppm=100.0, rig=rig, packing=Packing.PNG)
    ended = play(write_rig(tmp_path, rig), take, tmp_path, "--max-drop-percent", 5, "--compress")
    assert (ended.code, ended.left) == (0, []), ended.err
    assert (ended.report["verdict"], ended.report["pulses"], ended.report["complete"]) == ("in_sync", 90, 85)
    for name in NAMES:
        assert images(tmp_path / "again", name) == images(take, name)
        assert read_recording(tmp_path / "again" / f"{name}.mkv").facts.packing is Packing.PNG
    before, after = read_index(take / INDEX), read_index(tmp_path / "again" / INDEX)
    assert after.pulses.tolist() == before.pulses.tolist()
    for name in NAMES:
        old, new = before.devices[name], after.devices[name]
        assert new.hole.tolist() == old.hole.tolist()
        assert new.capture.tolist() == old.capture.tolist()
        assert np.abs(new.color_us - old.color_us).max() <= 12, "the ticks of the file are 90 kHz"


@pytest.mark.realtime
def test_files_of_libk4arecord_play_from_their_first_common_pulse_to_the_last(tmp_path: Path) -> None:
    take, sdk = make_take(tmp_path / "take", pulses=70), tmp_path / "sdk"
    sdk.mkdir()
    roles = ("master", "subordinate", "subordinate")
    for number, (name, role, count) in enumerate(zip(NAMES, roles, (70, 61, 66), strict=True)):
        plan = {"source": str(take / f"{name}.mkv"), "target": str(sdk / f"{name}.mkv"), "captures": count,
                "role": role, "depth_delay": 160 * number}  # fmt: skip
        command = [sys.executable, "-m", "tests.review.sdk_recorder", json.dumps(plan)]
        subprocess.run(command, cwd=ROOT, check=True, timeout=PATIENCE_S)
        date_like(sdk / f"{name}.mkv", sdk / "front.mkv")
    ended = play(write_rig(tmp_path, small_rig()), sdk, tmp_path)
    assert ended.code == 0, ended.err
    assert (ended.report["pulses"], ended.report["complete"]) == (61, 61)


@pytest.mark.realtime
def test_without_fast_a_take_plays_in_its_own_time(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", [MASTER, LEFT, RIGHT])
    rig = write_rig(tmp_path, color_rig())

    def lasts_s(takes: Path) -> float:
        ended = run_ksync("start", rig, "--playback", folder, "-o", takes, "--json", "--captures", 30)
        assert ended.code == 0, ended.err
        (take,) = takes.glob("small-*")
        host_ns = read_index(take / INDEX).devices["front"].host_ns
        return float(host_ns[-1] - host_ns[0]) / 1e9

    # A machine that reads the first ones late shortens it; played --fast, all of them come within a moment.
    assert any(0.5 < lasts_s(takes) < 10 for takes in fresh_folders(tmp_path))


@pytest.mark.realtime
def test_devices_behind_a_trigger_are_not_accused_of_running_by_themselves(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", [replace(MASTER, role=Role.SUBORDINATE), LEFT, RIGHT])
    devices = [{**each.model_dump(), "role": "subordinate"} for each in color_rig().devices]
    trigger = {"fps": 30, "pulse_width_us": 100, "drive_current_ma": 10}
    rig = color_rig(devices=devices, external_trigger=trigger)
    ended = play(write_rig(tmp_path, rig), folder, tmp_path)
    assert ended.code == 0, ended.err
    assert ended.report["complete"] == 60


@pytest.mark.skipif(not REAL.is_file(), reason="the recording of a real device is not here")
@pytest.mark.realtime
def test_a_real_recording_plays(tmp_path: Path) -> None:
    facts = read_recording(REAL).facts
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "solo.mkv").symlink_to(REAL)
    rig = RigFields.model_validate(
        {
            "name": "real",
            "topology": "standalone",
            "camera": {"color_resolution": facts.color_resolution, "depth_mode": facts.depth_mode,
                       "color_format": facts.color_format, "fps": facts.fps},
            "devices": [{"name": "solo", "serial": facts.serial, "role": "standalone",
                         "depth_delay_off_color_usec": facts.depth_delay_off_color_usec}],
        }
    )  # fmt: skip
    ended = play(
        write_rig(tmp_path, rig), tmp_path / "real", tmp_path, "--max-drop-percent", 100, "--compress"
    )
    assert ended.report["take"], ended.err
    take, original = tmp_path / "again", read_recording(REAL)
    played = read_recording(take / "solo.mkv")
    for track in TRACKS:
        assert len(played.tracks[track].timestamps_us) == len(original.tracks[track].timestamps_us)
        last = len(played.tracks[track].timestamps_us) - 1
        assert read_image(played, track, last) == read_image(original, track, last)


@pytest.mark.parametrize(
    ("changes", "options", "words"),
    [
        ({}, ("--captures", "61"), "61 pulses are asked for, and the recordings have 60 in common"),
        (
            {"camera": {"depth_mode": "off", "fps": 15}},
            (),
            "left: the rig says fps 15, and it was recorded with 30",
        ),
        ({"devices": OTHERS}, (), "no recording is of serial 000999999997"),
    ],
    ids=["longer than the files", "another mode", "another device"],
)
def test_what_was_not_recorded_can_not_be_played(
    tmp_path: Path, capsys: Printed, changes: dict[str, Any], options: tuple[str, ...], words: str
) -> None:
    folder = write_set(tmp_path / "set", [MASTER, LEFT, RIGHT])
    rig = write_rig(tmp_path, color_rig(**changes))
    assert run(["start", str(rig), "--playback", str(folder), "--fast", "-o", str(tmp_path), *options]) == 2
    assert words in capsys.readouterr().err


def test_two_files_of_one_device_are_not_chosen_from(tmp_path: Path, capsys: Printed) -> None:
    folder = write_set(tmp_path / "set", [MASTER, LEFT, RIGHT])
    shutil.copy(folder / "left.mkv", folder / "copy.mkv")
    rig = write_rig(tmp_path, color_rig())
    assert run(["start", str(rig), "--playback", str(folder), "--fast", "-o", str(tmp_path)]) == 2
    assert "copy, left are recordings of one device" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "words"),
    [(("--fast",), "give them with --playback"), (("--playback", "nowhere"), "there is nothing at nowhere"),
     (("--playback", "x", "--simulate"), "give one of them")],
)  # fmt: skip
def test_misuse_is_2(tmp_path: Path, capsys: Printed, options: tuple[str, ...], words: str) -> None:
    rig = write_rig(tmp_path, small_rig())
    assert run(["start", str(rig), "-o", str(tmp_path), *options]) == 2
    assert words in capsys.readouterr().err
