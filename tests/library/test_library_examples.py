"""The programs of `examples/` that use the library: over simulated devices and over a take."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import kinect_sync as ks
from kinect_sync.devices.simulated.room.world import World
from tests.cli.commands import ROOT
from tests.review.small_takes import make_take, pair_rig

EXAMPLES = ROOT / "examples"
CALIBRATION = EXAMPLES / "rig_calibration.json"
GREEN = (0, 177, 64)
RIG = """
name: pair
topology: daisy_chain
camera: {color_resolution: 720p, depth_mode: nfov_2x2binned, fps: 30, exposure_us: 8330, gain: 128,
         powerline_hz: 60}
devices:
  - {name: front, serial: "000123456712", role: master}
  - {name: left, serial: "000234567812", role: subordinate, depth_delay_off_color_usec: 160}
"""
"""Two devices of the examples' calibration."""


@pytest.fixture(scope="module")
def example() -> Iterator[Callable[[str], Any]]:
    """Import a program of `examples/`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(EXAMPLES))
        yield importlib.import_module


@pytest.fixture(scope="module")
def simulated(example: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[ks.Rows]:
    """The rows that the examples' command line asks for, which all of them share.

    They are in memory for longer than an example computes on a busy machine.
    """
    rig = tmp_path_factory.mktemp("rig") / "pair.yaml"
    rig.write_text(RIG, encoding="utf-8")
    options = example("options")
    told = options.parser("").parse_args([str(rig), "--simulate", "--calibration", str(CALIBRATION)])
    with options.stream(told, mode="newest", ring_captures=90) as rows:
        yield rows


@pytest.fixture
def run(
    example: Callable[[str], Any], simulated: ks.Rows, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., None]:
    """Run an example with simulated devices."""

    def run(name: str, *arguments: object) -> None:
        program = example(name)
        whole = (row for row in simulated if row.complete)  # on a busy machine a device may be late
        monkeypatch.setattr(program, "stream", lambda told, **how: nullcontext(whole))
        monkeypatch.setattr(sys, "argv", [name, "--simulate", *map(str, arguments)])
        program.main()

    return run


def picture_in(folder: Path) -> Any:
    with Image.open(folder / "picture.png") as image:
        return np.asarray(image)


@pytest.mark.realtime
def test_the_motion_meter_prints_a_number_per_row(
    run: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    run("motion_meter", "--frames", 6)
    numbers = [float(line.split()[1]) for line in capsys.readouterr().out.splitlines()]
    assert 2 <= len(numbers) <= 6, "a busy machine costs some"
    assert numbers[0] == 0
    assert max(numbers) > 0.5, "a ball circles"
    assert max(numbers) < 30, "and the room stands still"


@pytest.mark.realtime
def test_the_green_screen_keeps_what_is_near(run: Callable[..., None], tmp_path: Path) -> None:
    run("green_screen", "--frames", 1, "--picture", tmp_path / "picture.png", "--near", 3.0)
    picture = picture_in(tmp_path)
    green = (picture == GREEN).all(axis=2)
    assert picture.shape == (720, 1280, 3)
    assert 0.05 < green.mean() < 0.95


@pytest.mark.realtime
def test_the_cloud_is_drawn(run: Callable[..., None], tmp_path: Path) -> None:
    pytest.importorskip("open3d", reason="the example draws with Open3D, which is not installed")
    run("fused_cloud", "--frames", 2, "--picture", tmp_path / "picture.png")
    drawn = (picture_in(tmp_path) < 250).any(axis=2)
    assert 0.02 < drawn.mean() < 0.98, "points on white"


@pytest.mark.realtime
def test_an_example_runs_over_a_take(
    example: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    take = make_take(tmp_path / "take", pulses=3, rig=pair_rig())
    arguments = ("--playback", take, "--calibration", CALIBRATION, "--picture", tmp_path / "picture.png")
    monkeypatch.setattr(sys, "argv", ["green_screen", *map(str, arguments)])
    example("green_screen").main()
    assert picture_in(tmp_path).shape == (720, 1280, 3)


@pytest.mark.parametrize(
    ("name", "arguments", "why"),
    [
        ("motion_meter", ("--simulate", "faults.yaml"), "faults.yaml"),
        ("green_screen", ("--simulate", "faults.yaml", "--picture", "picture.png"), "faults.yaml"),
        ("green_screen", ("--devices", "front", "--picture", "picture.png"), "two of front, left, right"),
        (
            "green_screen",
            ("--devices", "front,nose", "--picture", "picture.png"),
            "two of front, left, right",
        ),
        ("green_screen", ("--simulate",), "No window can be opened"),
    ],
)
def test_what_somebody_can_mend_is_a_sentence_and_no_traceback(
    example: Callable[[str], Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    arguments: tuple[str, ...],
    why: str,
) -> None:
    if "--picture" not in arguments and name == "green_screen":
        tkinter = pytest.importorskip("tkinter", reason="a window is opened with tkinter")
        monkeypatch.setattr(tkinter, "Tk", no_display)
    monkeypatch.setattr(sys, "argv", [name, *arguments])
    with pytest.raises(SystemExit) as ended:
        example("options").run(example(name).main)
    assert ended.value.code == 2
    assert why in capsys.readouterr().err


def no_display() -> Any:
    import tkinter

    raise tkinter.TclError("no display name")


def test_the_motion_meter_goes_on_with_the_devices_that_are_left(example: Callable[[str], Any]) -> None:
    still, moved = np.full((2, 2), 1000, np.uint16), np.full((2, 2), 1100, np.uint16)
    moved_percent = example("motion_meter").moved_percent
    assert moved_percent({"front": moved}, {"front": still, "left": still}) == 100
    assert moved_percent({"front": still, "left": moved}, {"front": still}) == 0


def test_the_calibration_of_the_examples_is_where_their_simulated_cameras_stand() -> None:
    rig = ks.load_rig(EXAMPLES / "rig.yaml")
    calibration = ks.load_calibration(CALIBRATION)
    truth = World.from_file(EXAMPLES / "room.yaml", rig).truth()
    assert Path(str(rig.calibration)) == CALIBRATION
    for device in rig.devices:
        known, true = calibration.by_serial[device.serial], truth.devices[device.name]
        assert known.depth is not None
        assert known.color is not None
        assert np.allclose(known.depth.camera_to_world, true.world_from_depth, atol=1e-9)
        assert np.allclose(known.color.camera_to_world, true.world_from_color, atol=1e-9)
