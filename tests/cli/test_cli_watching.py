"""What is seen of a take while it runs."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from kinect_sync.cli import watching
from kinect_sync.director.device_state import DeviceState, Phase
from kinect_sync.director.observer import Snapshot, snapshot_of
from tests.director.scripted import chain


def snapshot(*, elapsed_s: float = 6.0, phase: Phase = Phase.RECORDING) -> Snapshot:
    """A take of 150 pulses, of which left lacks two."""
    rig = chain()
    states = [DeviceState(rig.settings_of(device), phase, captures=150) for device in rig.devices]
    states[1].captures, states[1].dropped, states[1].residual_us = 148, 2, 7.6
    states[2].queue_full = 1  # and the row is not decided yet
    return Snapshot(tuple(map(snapshot_of, states)), Path("takes/walk"), elapsed_s, 150, 148, 12_300_000_000)


class ClosedTerminal(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def on_terminal(monkeypatch: pytest.MonkeyPatch, width: int, file: io.StringIO) -> None:
    console = Console(file=file, force_terminal=True, width=width, color_system=None)
    monkeypatch.setattr(watching, "stderr_console", lambda: console)


def test_off_a_terminal_changes_are_told_once_and_the_take_every_five_seconds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with watching.watching(quiet=False) as view:
        for elapsed_s in (5.0, 5.1, 9.9, 10.0):
            view.on_change(snapshot(elapsed_s=elapsed_s))
        view.on_change(snapshot(elapsed_s=10.1, phase=Phase.FINISHED))
    line = "walk: {} s, 148 of 150 rows complete, 3 dropped, 12.3 GB left"
    assert capsys.readouterr().err.splitlines() == [
        *(f"{name}: recording" for name in ("front", "left", "right")),
        line.format(5),
        line.format(10),
        *(f"{name}: finished" for name in ("front", "left", "right")),
    ]


@pytest.mark.parametrize(
    ("width", "headings"),
    [(60, ["captures", "dropped"]), (120, ["captures", "dropped", "fps", "queue", "residual"])],
)
def test_a_terminal_shows_each_device_in_as_many_columns_as_have_room(
    monkeypatch: pytest.MonkeyPatch, width: int, headings: list[str]
) -> None:
    screen = io.StringIO()
    on_terminal(monkeypatch, width, screen)
    with watching.watching(quiet=False) as view:
        view.on_change(snapshot())
    lines = screen.getvalue().splitlines()
    assert lines[0].split("device")[1].split() == ["state", *headings]
    left = next(line for line in lines if line.startswith("left")).split()
    assert left[:4] == ["left", "recording", "148", "2"]
    assert ("+8 µs" in " ".join(left)) is (width == 120)
    assert any("148 of 150 rows complete, 3 dropped" in line for line in lines)


def test_devices_of_other_computers_are_told_with_these(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here, *others = snapshot().devices
    told = replace(snapshot(), devices=(here, *(replace(each, host="host-b") for each in others)))
    with watching.watching(quiet=False) as view:
        view.on_change(told)
    assert capsys.readouterr().err.splitlines()[:2] == ["front: recording", "left on host-b: recording"]
    screen = io.StringIO()
    on_terminal(monkeypatch, 120, screen)
    with watching.watching(quiet=False) as view:
        view.on_change(told)
    rows = {line.split()[0]: line.split()[1:3] for line in screen.getvalue().splitlines()[1:4]}
    assert rows == {
        "front": ["here", "recording"],
        "left": ["host-b", "recording"],
        "right": ["host-b", "recording"],
    }


def test_quiet_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    with watching.watching(quiet=True) as view:
        view.on_change(snapshot())
    assert capsys.readouterr() == ("", "")


def test_a_closed_terminal_costs_the_view_and_not_the_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", ClosedTerminal())
    with watching.watching(quiet=False) as view:
        view.on_change(snapshot())
