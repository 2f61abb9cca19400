"""Rigs over three hosts and the director's computer, as operators have them: with the commands alone.

What comes of a take over hosts is held against the same rig on one computer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from signal import SIGKILL
from typing import Any

import numpy as np
import pytest

from kinect_sync.takes.mkv.reader import read_recording
from kinect_sync.takes.packing.packings import Packing
from tests.cli.commands import ALL, wait_until
from tests.cli.read_back import Take, check_bookkeeping, read_take
from tests.hosts.computers import LaboratoryStudio, laboratory_studio
from tests.hosts.laboratory import why_none
from tests.marking import Mark

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(why_none() is not None, reason=str(why_none())),
]
HOSTS = ("host-b", "host-c", "host-d")
PLACES = {"front": "host-b", "left": "host-c", "right": "here", "back": "host-d"}
FPS, SECONDS = 15, 3
Images = Mapping[tuple[str, int], str]
"""By track and pulse, the hash of its pixels."""


def rig(*, over_hosts: bool) -> dict[str, Any]:
    return {
        "name": "hall",
        "topology": "daisy_chain",
        "camera": {"depth_mode": "nfov_2x2binned", "fps": FPS, "gain": 128},
        "devices": [
            {
                "name": name,
                "serial": f"000{place + 1}23456712",
                "role": "subordinate" if place else "master",
                "depth_delay_off_color_usec": 160 * place,
                **({"host": host} if over_hosts else {}),
            }
            for place, (name, host) in enumerate(PLACES.items())
        ],
    }


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LaboratoryStudio]:
    with laboratory_studio(tmp_path_factory.mktemp("studio"), dict.fromkeys(HOSTS, 0)) as made:
        for host in HOSTS:
            made.start_agent(host, "--simulate")
        made.write_rig(rig(over_hosts=True))
        yield made


def options(name: str) -> list[object]:
    return ["--simulate", "--json", "--name", name, "--max-drop-percent", ALL]


def take_with_images(folder: Path) -> tuple[Take, Mapping[str, Images]]:
    """Read a take, and the images of each device."""
    images: dict[str, dict[tuple[str, int], str]] = {}
    names: dict[str, str] = {}

    def look(track: str, mark: Mark, pixels: Any) -> None:
        serial, pulse = mark
        hashed = hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()
        images.setdefault(serial, {})[track, pulse] = hashed

    take = read_take(folder, look)
    for name, recorded in take.files.items():
        (names[name],) = recorded.serials
    return take, {name: images[serial] for name, serial in names.items()}


def test_a_take_over_hosts_is_what_the_same_rig_gives_on_one_computer(studio: LaboratoryStudio) -> None:
    stage = studio.stage
    ended = stage.run("start", "rig.yaml", *options("walk"), "--duration", SECONDS)
    assert (ended.code, ended.report["verdict"]) == (0, "in_sync"), ended.err
    assert sorted(path.name for path in (stage.folder / "takes" / "walk").glob("*.mkv")) == ["right.mkv"]
    collected = stage.run("hosts", "collect", "takes/walk")
    assert collected.code == 0, collected.err
    inspected = stage.run("inspect", "takes/walk", "--max-drop-percent", ALL)
    assert inspected.code == 0, inspected.err
    alone = studio.write_rig_of_one(rig(over_hosts=False))
    assert stage.run("start", alone, *options("alone"), "--duration", SECONDS).code == 0
    over, over_images = take_with_images(stage.folder / "takes" / "walk")
    one, one_images = take_with_images(stage.folder / "takes" / "alone")
    check_bookkeeping(over)
    assert len(over.rows) == len(one.rows) == SECONDS * FPS
    for name in PLACES:
        both = over_images[name].keys() & one_images[name].keys()
        assert both, "some pulses are of both"
        assert all(over_images[name][each] == one_images[name][each] for each in both), name
        assert over.files[name].calibration == one.files[name].calibration


def test_a_take_whose_director_was_killed_goes_on_and_anybody_of_the_studio_ends_it(
    studio: LaboratoryStudio,
) -> None:
    director = studio.stage.start("start", "rig.yaml", *options("gone"), "--compress")

    def recording(*, orphaned: bool) -> dict[str, int]:
        """How many captures each host has of a take with a director, or without."""
        listed = studio.stage.run("hosts", "list", "rig.yaml", "--json").report
        takes = [(host["name"], take) for host in listed["hosts"] for take in host["takes"]]
        return {
            name: take["captures"] for name, take in takes if (take["orphaned_s"] is not None) == orphaned
        }

    def goes_on(before: Mapping[str, int]) -> bool:
        now = recording(orphaned=True)
        return all(now[host] > before[host] for host in HOSTS)

    wait_until(lambda: recording(orphaned=False).keys() == set(HOSTS), "all hosts record")
    director.process.send_signal(SIGKILL)
    wait_until(
        lambda: recording(orphaned=True).keys() == set(HOSTS), "all hosts have a take without a director"
    )
    alone = recording(orphaned=True)
    wait_until(lambda: goes_on(alone), "it goes on")
    ended = studio.stage.run("hosts", "end", "gone")
    assert ended.code == 0, ended.err
    wait_until(lambda: not any(host.workers() for host in studio.hosts.values()), "all cameras are closed")
    for device, host in PLACES.items():
        if host != "here":
            file = read_recording(studio.hosts[host].folder / "takes" / "gone" / f"{device}.mkv")
            assert file.complete
            assert file.facts.packing is Packing.PNG, "what is asked for is asked of every host"
            assert len(file.depth_us) > alone[host]
