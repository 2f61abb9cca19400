"""Where a rig's workers are started: on this computer without any network, or where its devices are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kinect_sync.benches.choice import Kinects, Playback
from kinect_sync.benches.held_folder import NEW_S
from kinect_sync.benches.published_folder import PREFIX
from kinect_sync.benches.simulation import simulation, spread
from kinect_sync.benches.workplaces import needed_hosts, workplaces
from kinect_sync.devices.programme import Programme
from kinect_sync.devices.simulated.bench import SimulatedBench
from kinect_sync.errors import KsyncError
from kinect_sync.rig.model import RigFields
from tests.director.scripted import chain

HOSTS = {"host-b": {"address": "10.0.0.12"}, "host-c": {"address": "10.0.0.13"}}


def placed(*places: str | None) -> RigFields:
    """A chain whose devices say that they are there."""
    rig = chain(len(places), hosts=HOSTS)
    devices = [
        each.model_copy(update={"host": place}) for each, place in zip(rig.devices, places, strict=True)
    ]
    return rig.model_copy(update={"devices": tuple(devices)})


@pytest.mark.parametrize(
    ("places", "needed"),
    [
        (("here", "host-c", "host-c"), ["host-c"]),
        (("here", "here", "here"), []),
        (("here", "host-b", None), ["host-b", "host-c"]),
    ],
)
def test_a_host_is_led_where_a_device_may_be(places: tuple[str | None, ...], needed: list[str]) -> None:
    assert list(needed_hosts(placed(*places))) == needed


def test_a_simulation_is_spread_so_that_each_device_is_at_one_computer(tmp_path: Path) -> None:
    rig = placed("here", "host-b", "host-c")
    with simulation(rig) as bench:
        parts = spread(bench, {"front": "here", "left": "host-b", "right": "host-c"})
        seen = {place: [each.serial for each in SimulatedBench(part.at_hand(part.world)).discover()]
                for place, part in parts.items()}  # fmt: skip
    assert seen == {place: [device.serial] for place, device in zip(seen, rig.devices, strict=True)}


def test_recordings_are_played_here_wherever_their_devices_were(tmp_path: Path) -> None:
    bench = Playback(programme=Programme(reels={}, source="1", directory=tmp_path, fast=True))
    with workplaces(placed("here", "host-b", "host-c"), bench, tmp_path / "no studio") as work:
        assert work.hosts == ()


def test_a_rig_over_hosts_needs_a_studio(tmp_path: Path) -> None:
    with (
        pytest.raises(KsyncError) as refused,
        workplaces(placed("here", "host-b", "host-c"), Kinects(), tmp_path / "studio"),
    ):
        pass
    assert refused.value.findings[0].code in ("studio-missing", "hosts-not-installed")


ALONE = """
import sys
from pathlib import Path
import socket
def refuse(*_): raise AssertionError("a socket is opened")
socket.socket.__init__ = refuse
import kinect_sync.cli.start
from kinect_sync.benches.choice import Kinects
from kinect_sync.benches.workplaces import workplaces
from tests.director.scripted import chain
with workplaces(chain(3), Kinects(), Path("/no/studio")) as work:
    assert work.hosts == ()
print(*({"zenoh", "cryptography", "kinect_sync.network.director_line"} & set(sys.modules)))
"""


def test_a_rig_on_one_computer_loads_no_network_and_opens_no_socket() -> None:
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=False,
                          cwd=Path(__file__).parents[2])  # fmt: skip
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


def test_what_runs_that_were_killed_left_in_memory_is_removed_before_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = tmp_path / f"{PREFIX}left"
    left.mkdir()
    (left / "left.ring").touch()
    os.utime(left, (0, left.stat().st_mtime - NEW_S - 1))
    monkeypatch.setenv("KSYNC_MEMORY", str(tmp_path))
    with workplaces(chain(3), Kinects(), tmp_path / "no studio"):
        assert not left.exists()
