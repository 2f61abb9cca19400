"""What is lost with a host, a link, an agent or a director, and how soon it is named; over namespaces.

One rig of three hosts, of which one has a clock hours ahead and another a bad cable. A take meets some faults
one after the other, so that each shows what it costs all the others. With `-s`, the lines of the table in
`docs/explanation/hosts.md` are printed as they were measured.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGCONT, SIGSTOP
from typing import Any

import pytest

from tests.cli.commands import Ended
from tests.cli.programs import Program
from tests.hosts.computers import STAGE, LaboratoryStudio, laboratory_studio
from tests.hosts.kept import STRAINED, Kept, kept_of
from tests.hosts.laboratory import BadCable, can_be_bad, why_none

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(why_none() is not None, reason=str(why_none())),
]
FPS = 30
STRAIN = 0.1
"""Part of the pulses that simulated cameras may lose on a machine that is busy with other things."""
HOSTS = {"host-b": 0, "host-c": 7200, "host-d": 0}
"""How far their clocks are ahead."""
PLACES = {"front": "host-b", "left": "host-c", "right": "host-d"}
SERIALS = ("000123456712", "000234567812", "000345678912")
RIG: dict[str, Any] = {
    "name": "hall",
    "topology": "daisy_chain",
    "camera": {"depth_mode": "nfov_2x2binned", "fps": FPS, "gain": 128},
    "devices": [
        {
            "name": name,
            "serial": SERIALS[place],
            "role": "subordinate" if place else "master",
            "host": host,
            "depth_delay_off_color_usec": 160 * place,
        }
        for place, (name, host) in enumerate(PLACES.items())
    ],
}
DISK_MB = 600
"""Of host-c: the disk that will be full."""


# --- faults ---------------------------------------------------------------------------------------------

Act = Callable[[LaboratoryStudio, str], object]
"""Does something to a host, or mends it."""


def stop_agent(studio: LaboratoryStudio, host: str) -> None:
    studio.agents[host].send(SIGSTOP)


def continue_agent(studio: LaboratoryStudio, host: str) -> None:
    studio.agents[host].send(SIGCONT)


def unplug(studio: LaboratoryStudio, host: str) -> None:
    studio.lab.unplug(host)


def plug(studio: LaboratoryStudio, host: str) -> None:
    studio.lab.plug(host)


def switch_off(studio: LaboratoryStudio, host: str) -> None:
    studio.switch_off(host)


def switch_on(studio: LaboratoryStudio, host: str) -> None:
    studio.lab.plug(host)
    studio.start_agent(host, "--simulate")


def cut_director_off(studio: LaboratoryStudio, _host: str) -> None:
    studio.lab.unplug(STAGE)


def bring_director_back(studio: LaboratoryStudio, _host: str) -> None:
    studio.lab.plug(STAGE)


def kill_worker(studio: LaboratoryStudio, host: str) -> None:
    (worker,) = studio.hosts[host].workers()
    subprocess.run(["kill", "-9", str(worker.pid)], check=True)


def fill_disk(studio: LaboratoryStudio, host: str) -> None:
    with (studio.hosts[host].folder / "takes" / "filler").open("wb") as filler:
        try:
            while filler.write(bytes(1 << 20)):
                filler.flush()
        except OSError:
            return


def make_room(studio: LaboratoryStudio, host: str) -> None:
    (studio.hosts[host].folder / "takes" / "filler").unlink()


@dataclass(frozen=True)
class Fault:
    """Something that happens to the host of a device, or to the director's computer."""

    sentence: str
    device: str
    at_s: float
    strike: Act
    mend: Act | None = None
    lasts_s: float = 0.0
    word: str = "cut off"
    """How the device's line goes on."""
    costs: bool = False
    """Whether what the device would have captured later is lost."""


@dataclass(frozen=True)
class Case:
    """A take, and what happens meanwhile."""

    key: str
    seconds: int
    faults: tuple[Fault, ...]
    code: int = 0
    findings: frozenset[str] = frozenset({"host-lost"})


CASES = [
    Case(
        "cut",
        10,
        (
            Fault("agent hangs (SIGSTOP), and goes on", "left", 0.5, stop_agent, continue_agent, 2.5),
            Fault("director cut off from all hosts", "left", 4.0, cut_director_off, bring_director_back, 4.5),
        ),
    ),
    Case(
        "late",
        4,
        (
            Fault("disk full", "left", 1.0, fill_disk, make_room, 2.0, word="lost", costs=True),
            Fault("cable pulled, and plugged after the end of the take", "front", 2.5, unplug, plug, 4.0),
        ),
        code=1,
        findings=frozenset({"host-lost", "disk-full"}),
    ),
    Case(
        "off",
        6,
        (
            Fault("process of a device killed", "right", 1.0, kill_worker, word="lost", costs=True),
            Fault("host off, and on again", "left", 2.0, switch_off, switch_on, 2.5, costs=True),
        ),
        code=1,
        findings=frozenset({"host-lost", "worker-died"}),
    ),
]


# --- a take ---------------------------------------------------------------------------------------------


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Have a folder on a disk of its own, in memory."""
    folder.mkdir()
    size = f"size={DISK_MB}m"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LaboratoryStudio]:
    bad = {"host-d": BadCable(delay_s=0.02, loss=0.01)} if can_be_bad() else {}
    with (
        laboratory_studio(tmp_path_factory.mktemp("studio"), HOSTS, bad) as made,
        small_disk(made.hosts["host-c"].folder / "takes"),
    ):
        for host in HOSTS:
            made.start_agent(host, "--simulate")
        made.write_rig(RIG)
        yield made
        made.end()


@dataclass
class Taken:
    """What came of a take."""

    ended: Ended
    named_s: dict[str, float] = field(default_factory=dict)
    """By fault, how long it took until the director said so."""


def start(studio: LaboratoryStudio, key: str, *options: object) -> Program:
    """Start a take, and wait until all devices record."""
    director = studio.stage.start(
        "start", "rig.yaml", "--simulate", "--json", "--name", key, "--min-free", 0,
        "--max-drop-percent", 100 * STRAIN, *options,
    )  # fmt: skip
    for device, host in PLACES.items():
        director.talk.wait_for(f"{device} on {host}: recording")
    return director


def take(studio: LaboratoryStudio, case: Case) -> Taken:
    director = start(studio, case.key, "--duration", case.seconds)
    began_s = time.monotonic()
    steps: list[tuple[float, Act, Fault]] = []
    for fault in case.faults:
        steps.append((fault.at_s, fault.strike, fault))
        if fault.mend is not None:
            steps.append((fault.at_s + fault.lasts_s, fault.mend, fault))
    struck_s: dict[str, float] = {}
    for at_s, act, fault in sorted(steps, key=lambda step: step[0]):
        time.sleep(max(0.0, began_s + at_s - time.monotonic()))
        struck_s.setdefault(fault.sentence, time.monotonic())
        act(studio, PLACES[fault.device])
    taken = Taken(director.wait())
    for fault in case.faults:
        at_s = struck_s[fault.sentence]
        words = f"{fault.device} on {PLACES[fault.device]}: {fault.word}"
        taken.named_s[fault.sentence] = director.talk.wait_for(words, at_s) - at_s
    return taken


def kept(studio: LaboratoryStudio, key: str) -> tuple[int, Mapping[str, Kept]]:
    """Return how many rows a take has, and what they and the files on the hosts hold of each device."""
    folders = {device: studio.hosts[host].folder / "takes" / key for device, host in PLACES.items()}
    return kept_of(studio.stage.folder / "takes" / key, folders)


def tell(case: Case, taken: Taken, found: Mapping[str, Kept]) -> None:
    """Print a line of the table for each fault."""
    costing = {fault.device for fault in case.faults if fault.costs}
    others = sum(sum(each.holes.values()) for device, each in found.items() if device not in costing)
    for fault in case.faults:
        mine, named_s = found[fault.device], taken.named_s[fault.sentence]
        own = case.seconds * FPS - len(mine.in_file)
        sys.stdout.write(f"| {fault.sentence} | {named_s:.1f} | {others} | {own} | {dict(mine.holes)}\n")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key)
def test_a_fault_is_named_and_costs_nothing_else(case: Case, studio: LaboratoryStudio) -> None:
    taken = take(studio, case)
    rows, found = kept(studio, case.key)
    tell(case, taken, found)
    assert taken.ended.code == case.code, taken.ended.err
    codes = {each["code"] for each in taken.ended.report["findings"]}
    assert case.findings <= codes
    assert rows == case.seconds * FPS
    costing = {fault.device for fault in case.faults if fault.costs}
    for device, each in found.items():
        assert each.in_rows == each.in_file[: len(each.in_rows)]
        if device not in costing:
            assert each.in_rows == each.in_file
            assert set(each.holes) <= STRAINED, (device, each.holes)
            assert sum(each.holes.values()) <= STRAIN * rows, (device, each.holes)
