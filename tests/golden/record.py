"""Records the golden takes with some version of ksync, and keeps what that version makes of them.

    python -m tests.golden.record 0.1.0 PYTHON

makes the folder tests/golden/0.1.0 with the ksync that PYTHON, an interpreter, imports. Of each take it holds
an archive, and as JSON what `inspect`, `export`, `report` and `repair` said. Takes are of simulated devices.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.golden.flat_images import flatten
from tests.golden.looks import TAKE, Run, look_at

HERE = Path(__file__).parent
SERIALS = {"front": "000123456712", "left": "000234567812", "right": "000345678912"}
BOLTS = {"front": "CL8K14101E1", "left": "CL8K14101E2"}
PATIENCE_S = 60.0
CUT_NBYTES = 100_000
"""Less than an image, as a power cut may take."""


@dataclass(frozen=True)
class Case:
    """One golden take: the rig, what is wrong with it, and what is done to it."""

    name: str
    rig: dict[str, Any]
    captures: int = 6
    faults: dict[str, Any] = field(default_factory=dict)
    killed: bool = False
    """Every process is killed in the middle of the take, and the last capture of left is cut off."""
    rebuilt: bool = False
    """Its index and its take.json are those that `inspect --rebuild` makes."""


def rig(
    *names: str, serials: dict[str, str] = SERIALS, camera: dict[str, Any] | None = None, **changes: Any
) -> dict[str, Any]:
    """Describe a chain of devices with small images, the first one the master."""
    devices = [
        {"name": name, "serial": serials[name], "role": "subordinate" if place else "master",
         "depth_delay_off_color_usec": 160 * place, **changes.pop(name, {})}
        for place, name in enumerate(names)
    ]  # fmt: skip
    modes = {"color_resolution": "720p", "color_format": "mjpg", "depth_mode": "nfov_2x2binned", "fps": 5,
             "exposure_us": 8330, "powerline_hz": 60}  # fmt: skip
    described = {"name": "golden", "topology": "daisy_chain", "camera": modes | (camera or {})}
    return {**described, "devices": devices, **changes}


ALONE = {"role": "standalone"}
TRIGGER = {"fps": 5, "pulse_width_us": 100, "drive_current_ma": 10}
CASES = [
    Case("chain", rig("front", "left", "right", right={"subordinate_delay_off_master_usec": 200})),
    Case("holes", rig("front", "left", "right", camera={"synchronized_images_only": False}), 12,
         {"left": {"drops": [8, 9]}, "right": {"half": {"color": [9], "depth": [11]}}}),
    Case("lost", rig("front", "left"), 10, {"left": {"stall_at": 9}}),
    Case("crashed", rig("front", "left"), 10, {"left": {"die_at": 9}}),
    Case("killed", rig("front", "left", "right"), killed=True),
    Case("late", rig("front", "left", camera={"fps": 30}), 10, {"left": {"bias_us": 1700}}),
    Case("femto", rig("front", "left", serials=BOLTS, topology="star", hardware="femto",
                      camera={"exposure_us": 8300})),
    Case("parts", rig("front", "left", "right", topology="star", imu=True,
                      right={"depth_mode": "off", "depth_delay_off_color_usec": 0},
                      left={"color_resolution": "off", "depth_delay_off_color_usec": 0,
                            "subordinate_delay_off_master_usec": 160}), 4),
    Case("raw", rig("front", front=ALONE, topology="standalone",
                    camera={"color_format": "nv12", "depth_mode": "passive_ir"}), 3),
    Case("triggered", rig("front", "left", front={"role": "subordinate"}, external_trigger=TRIGGER,
                          cables=[{"from": "trigger", "to": "front", "length_m": 5},
                                  {"from": "front", "to": "left", "length_m": 2.5}])),
    Case("rebuilt", rig("front", "left"), 8, {"left": {"drops": [7]}}, rebuilt=True),
]  # fmt: skip


def main(version: str, python: str) -> None:
    """Record every case."""
    to = HERE / version
    to.mkdir()
    run = runner(python)
    for case in CASES:
        with tempfile.TemporaryDirectory(prefix="golden-") as name:
            folder = Path(name)
            record(case, run, python, folder)
            keep(case, run, folder, to)


def runner(python: str) -> Run:
    """What runs ksync as a process of its own."""

    def run(arguments: Sequence[str], folder: Path) -> tuple[int, str]:
        done = subprocess.run(
            [python, "-m", "kinect_sync", *arguments], cwd=folder, stdout=subprocess.PIPE, text=True
        )
        return done.returncode, done.stdout

    return run


def record(case: Case, run: Run, python: str, folder: Path) -> None:
    """Record a case's take into a folder."""
    (folder / "rig.yaml").write_text(json.dumps(case.rig))  # JSON is YAML
    (folder / "faults.yaml").write_text(json.dumps({"devices": case.faults}))
    arguments = [
        "start",
        "rig.yaml",
        "--simulate",
        "faults.yaml",
        "-o",
        ".",
        "--name",
        TAKE,
        "--json",
        "--quiet",
    ]
    if case.killed:
        kill_in_the_middle([python, "-m", "kinect_sync", *arguments], folder)
        left = folder / TAKE / "left.mkv"
        os.truncate(left, left.stat().st_size - CUT_NBYTES)
    else:
        run([*arguments, "--captures", str(case.captures)], folder)
    for path in (folder / TAKE).glob("*.mkv"):
        flatten(path)
    if case.rebuilt:
        for name in ("alignment.csv", "take.json"):
            (folder / TAKE / name).unlink()
        run(["inspect", TAKE, "--rebuild"], folder)
    hide_the_host(folder / TAKE / "take.json")


def kill_in_the_middle(command: list[str], folder: Path) -> None:
    """Kill a recording, workers and all, when some rows are in its index."""
    index, deadline_s = folder / TAKE / "alignment.csv", time.monotonic() + PATIENCE_S
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as process:
        while not index.exists() or index.read_text().count("\n") < 6:
            assert time.monotonic() < deadline_s
            time.sleep(0.02)
        process.send_signal(signal.SIGSTOP)  # it must not see its workers die, nor they it
        for pid in children_of(process.pid):
            os.kill(pid, signal.SIGKILL)
        process.kill()


def children_of(parent: int) -> list[int]:
    """The processes that a process has started."""
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def hide_the_host(manifest: Path) -> None:
    """Leave out which machine it was."""
    text = manifest.read_text(encoding="utf-8")
    for key, value in (("name", "golden"), ("system", "Linux"), ("machine", "x86_64")):
        text = re.sub(rf'("host": {{[^}}]*"{key}": )"[^"]*"', rf'\1"{value}"', text)
    manifest.write_text(text, encoding="utf-8", newline="")


def keep(case: Case, run: Run, folder: Path, to: Path) -> None:
    """Put the take into an archive, and what ksync makes of it beside it."""
    with tarfile.open(to / f"{case.name}.tar.xz", "w:xz", preset=9) as archive:
        archive.add(folder / TAKE, TAKE, filter=nobody)
    looks = json.dumps(look_at(run, folder), indent=1, ensure_ascii=False)
    (to / f"{case.name}.json").write_text(looks + "\n", encoding="utf-8")


def nobody(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Leave out whose file it was."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


if __name__ == "__main__":
    main(*sys.argv[1:])
