"""The report of a take on terminals of every width."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from kinect_sync.cli.take_summary import show_report
from kinect_sync.rig.modes import Role
from kinect_sync.takes.manifest import DeviceReport, TakeReport


def device(name: str, **changes) -> DeviceReport:
    fields = {
        "name": name, "serial": "0" * 12, "role": Role.SUBORDINATE, "file": f"{name}.mkv", "captures": 89,
        "dropped": 1, "holes": {"queue_full": 1}, "lost": False, "bias_us": -1.25, "jitter_us": 6.5,
        "drift_ppm": None,
    }  # fmt: skip
    return DeviceReport.model_validate(fields | changes)


REPORT = TakeReport(
    take="takes/[studio]-1", verdict="incomplete", pulses=90, complete=89, duration_s=3.0,
    devices=(device("front-left"), device("right", holes={}, dropped=0)), findings=(),
)  # fmt: skip


@pytest.mark.parametrize("width", [30, 58, 80, 200])
def test_nothing_that_matters_is_cut_off(width: int) -> None:
    shown = io.StringIO()
    show_report(REPORT, Console(file=shown, width=width, highlight=False))
    text = " ".join(shown.getvalue().split())
    for word in ("incomplete", "89 of 90", "front-left", "subordinate", "-1.2", "1 queue full", "[studio]-1"):
        assert word in text, text
    assert "…" not in text


OVER_HOSTS = REPORT.model_copy(update={"devices": (device("front", host="host-a"), device("right"))})


@pytest.mark.parametrize(("collected", "told"), [(False, True), (True, False)])
def test_what_lies_on_other_hosts_is_told_with_the_way_to_get_it(collected: bool, told: bool) -> None:
    shown = io.StringIO()
    show_report(OVER_HOSTS, Console(file=shown, width=100, highlight=False), collected=collected)
    for line in ("on host-a: front.mkv\n", "ksync hosts collect takes/[studio]-1\n"):
        assert (line in shown.getvalue()) is told


def test_of_a_take_on_one_computer_nothing_is_elsewhere() -> None:
    shown = io.StringIO()
    show_report(REPORT, Console(file=shown, width=100, highlight=False))
    assert "collect" not in shown.getvalue()
