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
