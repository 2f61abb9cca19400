"""One rig over three computers is the same, whatever joins them: in one process, by values and through JSON;
over Zenoh with real certificates; over network namespaces.

One take for each link, of which the cases tell. In it a link is cut and heals, an agent is killed and started
again, and the process of a device is killed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from operator import methodcaller
from pathlib import Path

import pytest

from kinect_sync.rig.model import HERE
from kinect_sync.takes.manifest_file import read_manifest
from tests.cli.read_back import STRAINED
from tests.hosts.kept import Kept, kept_of
from tests.hosts.laboratory import why_none
from tests.hosts.links import HOSTS, PLACES, Link, Recorded, Step, in_one_process, over_namespaces, over_zenoh

pytestmark = pytest.mark.realtime
STEPS = (
    Step("front", "recording"),
    Step("left", "recording"),
    Step("right", "recording", methodcaller("cut"), hold_s=0.5),
    Step("left", "cut off", methodcaller("heal"), hold_s=0.5),
    Step("left", "recording", methodcaller("kill_agent"), hold_s=0.5),
    Step("right", "cut off", methodcaller("start_agent"), hold_s=0.5),
    Step("right", "recording", methodcaller("kill_worker"), hold_s=0.5),
    Step("right", "lost", hold_s=0.5),
)

LINKS: list[tuple[str, Callable[[Path], AbstractContextManager[Link]]]] = [
    ("values", partial(in_one_process, through_json=False)),
    ("json", partial(in_one_process, through_json=True)),
    ("zenoh", over_zenoh),
    ("namespaces", over_namespaces),
]


@dataclass(frozen=True)
class Taken:
    """A link, the take that was recorded over it, and what is left of that."""

    link: Link
    recorded: Recorded
    rows: int
    kept: Mapping[str, Kept]


@pytest.fixture(scope="module", params=LINKS, ids=[name for name, _ in LINKS])
def taken(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taken]:
    name, link_in = request.param
    if name == "namespaces" and (reason := why_none()) is not None:
        pytest.skip(reason)
    with link_in(tmp_path_factory.mktemp(name)) as link:
        recorded = link.record(STEPS)
        takes = {HERE: link.take, **{host: folder / "walk" for host, folder in link.takes.items()}}
        yield Taken(
            link, recorded, *kept_of(link.take, {device: takes[host] for device, host in PLACES.items()})
        )


def check_whole(kept: Kept) -> None:
    """See that each capture of the file is in its row, and that there is one for each pulse."""
    assert kept.in_rows == kept.in_file
    assert set(kept.holes) <= STRAINED, kept.holes
    assert kept.in_file


def test_the_master_starts_when_all_are_silent_and_the_rows_are_of_all_devices(taken: Taken) -> None:
    phases = list(taken.recorded.phases)
    begun = phases.index(("front", "recording"))
    for device in ("left", "right"):
        assert phases.index((device, "waiting for pulses")) < begun
    assert taken.rows > 60
    manifest = read_manifest(taken.link.take)
    assert [host.name for host in manifest.hosts] == list(HOSTS)
    assert [device.host or HERE for device in manifest.devices] == list(PLACES.values())
    check_whole(taken.kept["front"])


def test_a_link_that_is_cut_and_heals_leaves_no_gap(taken: Taken) -> None:
    told = [phase for device, phase in taken.recorded.phases if device == "left"]
    phases = [phase for phase in told if phase in ("recording", "cut off")]  # it may be frozen in between
    at = phases.index("cut off")
    assert phases[at - 1 : at + 2] == ["recording", "cut off", "recording"]
    check_whole(taken.kept["left"])


def test_an_agent_that_was_killed_finds_its_device_again_which_leaves_no_gap(taken: Taken) -> None:
    assert "found walk-right-" in taken.link.said("host-c")
    right = taken.kept["right"]
    assert right.in_rows == right.in_file[: len(right.in_rows)]
    assert right.last_row > 30
    missed = sum(count for hole, count in right.holes.items() if hole not in STRAINED)
    assert missed == taken.rows - 1 - right.last_row, "nothing is missed before it was lost"


def test_a_process_that_was_killed_costs_its_device_alone(taken: Taken) -> None:
    assert taken.recorded.verdict == "incomplete"
    assert {"host-lost", "worker-died"} <= taken.recorded.codes
    assert taken.rows - 1 - taken.kept["right"].last_row > 0, "the others went on"


@pytest.mark.parametrize("host", HOSTS)
def test_a_director_of_an_old_epoch_is_refused(taken: Taken, host: str) -> None:
    assert taken.link.old_director_gets(host) == "director-outdated"
    assert "has commanded this host since" in taken.link.said(host)
