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
from dataclasses import dataclass
from pathlib import Path
from signal import SIGCONT, SIGINT, SIGSTOP
from typing import Any

import pytest

from tests.cli.commands import Ended, wait_until
from tests.cli.programs import Program
from tests.cli.read_back import STRAINED
from tests.hosts.computers import STAGE, LaboratoryStudio, laboratory_studio
from tests.hosts.kept import Kept, kept_of
from tests.hosts.laboratory import BadCable, can_be_bad, why_none

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(why_none() is not None, reason=str(why_none())),
]
FPS = 15
STRAIN = 0.5
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
FIRST_NBYTES = 2_000_000
"""Of a recording: some captures."""
DISK_MB = 150
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
    strike: Act
    mend: Act | None = None
    lasts_s: float = 0.5
    """How long it is left so, once it is named."""
    word: str = "cut off"
    """How the device's line goes on."""
    then: str = "recording"
    """How it goes on when it is mended; nothing is said where this is empty."""
    outlasts: bool = False
    """Whether it is mended after the end of the take."""
    costs: bool = False
    """Whether what the device would have captured later is lost."""


@dataclass(frozen=True)
class Case:
    """A take, and what happens meanwhile, one fault after the other."""

    key: str
    faults: tuple[Fault, ...]
    seconds: int | None = None
    """How long it is; None for as long as it takes until all is mended."""
    code: int = 0
    findings: frozenset[str] = frozenset({"host-lost"})


CASES = [
    Case(
        "cut",
        (
            Fault("agent hangs (SIGSTOP), and goes on", "left", stop_agent, continue_agent),
            Fault("director cut off from all hosts", "left", cut_director_off, bring_director_back, 2.5),
        ),
    ),
    Case(
        "late",
        (
            Fault(
                "cable pulled, and plugged after the end of the take",
                "front",
                unplug,
                plug,
                then="finished",
                outlasts=True,
            ),
            Fault("disk full", "left", fill_disk, make_room, word="lost", then="", costs=True),
        ),
        seconds=8,
        code=1,
        findings=frozenset({"host-lost", "disk-full"}),
    ),
    Case(
        "off",
        (
            Fault("process of a device killed", "right", kill_worker, word="lost", costs=True),
            Fault("host off, and on again", "left", switch_off, switch_on, then="lost", costs=True),
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
    named_s: dict[str, float]
    """By fault, how long it took until the director said so."""


def start(studio: LaboratoryStudio, key: str, *options: object) -> Program:
    """Start a take, and wait until all devices have recorded something."""
    director = studio.stage.start(
        "start", "rig.yaml", "--simulate", "--json", "--name", key, "--min-free", 0,
        "--max-drop-percent", 100 * STRAIN, *options,
    )  # fmt: skip
    for device, host in PLACES.items():
        director.talk.wait_for(f"{device} on {host}: recording")
        file = studio.hosts[host].folder / "takes" / key / f"{device}.mkv"
        wait_until(lambda file=file: file.exists() and file.stat().st_size > FIRST_NBYTES, "it grows")
    return director


def take(studio: LaboratoryStudio, case: Case) -> Taken:
    """Record a take; each step waits until the director has said what came of the one before."""
    director = start(studio, case.key, *(() if case.seconds is None else ("--duration", case.seconds)))
    named_s = {}
    for fault in case.faults:
        struck_s = time.monotonic()
        fault.strike(studio, PLACES[fault.device])
        named_s[fault.sentence] = wait_for(director, fault, fault.word, struck_s) - struck_s
        if not fault.outlasts:
            mend(studio, director, fault)
    if case.seconds is None:
        director.send(SIGINT)
    for fault in case.faults:
        if fault.outlasts:
            director.talk.wait_for(f"right on {PLACES['right']}: finished")
            mend(studio, director, fault)
    return Taken(director.wait(), named_s)


def mend(studio: LaboratoryStudio, director: Program, fault: Fault) -> None:
    """Leave a fault for a while, mend it, and wait until the director has said so."""
    time.sleep(fault.lasts_s)
    mended_s = time.monotonic()
    if fault.mend is not None:
        fault.mend(studio, PLACES[fault.device])
        if fault.then:
            wait_for(director, fault, fault.then, mended_s)


def wait_for(director: Program, fault: Fault, word: str, after_s: float) -> float:
    return director.talk.wait_for(f"{fault.device} on {PLACES[fault.device]}: {word}", after_s)


def kept(studio: LaboratoryStudio, key: str) -> tuple[int, Mapping[str, Kept]]:
    """Return how many rows a take has, and what they and the files on the hosts hold of each device."""
    folders = {device: studio.hosts[host].folder / "takes" / key for device, host in PLACES.items()}
    return kept_of(studio.stage.folder / "takes" / key, folders)


def tell(case: Case, taken: Taken, rows: int, found: Mapping[str, Kept]) -> None:
    """Print a line of the table for each fault."""
    costing = {fault.device for fault in case.faults if fault.costs}
    others = sum(sum(each.holes.values()) for device, each in found.items() if device not in costing)
    for fault in case.faults:
        mine, named_s = found[fault.device], taken.named_s[fault.sentence]
        own = rows - len(mine.in_file)
        sys.stdout.write(f"| {fault.sentence} | {named_s:.1f} | {others} | {own} | {dict(mine.holes)}\n")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key)
def test_a_fault_is_named_and_costs_nothing_else(case: Case, studio: LaboratoryStudio) -> None:
    taken = take(studio, case)
    rows, found = kept(studio, case.key)
    tell(case, taken, rows, found)
    assert taken.ended.code == case.code, taken.ended.err
    codes = {each["code"] for each in taken.ended.report["findings"]}
    assert case.findings <= codes
    if case.seconds is not None:
        assert rows == case.seconds * FPS
    costing = {fault.device for fault in case.faults if fault.costs}
    for device, each in found.items():
        assert each.in_file
        assert each.in_rows == each.in_file[: len(each.in_rows)]
        if device not in costing:
            assert each.in_rows == each.in_file
            assert set(each.holes) <= STRAINED, (device, each.holes)
            assert sum(each.holes.values()) <= STRAIN * rows, (device, each.holes)
