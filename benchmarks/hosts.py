"""A rig over several hosts, held against the same rig on one computer: ratios, side by side in one run.

    python -m benchmarks.hosts [--devices 1,9,36] [--seconds S] [--json]

The hosts are addresses of this computer, each with its agent, and a network of TLS between; the devices are
simulated, with small images and without color, so that it is the director that is measured. Told are, for so
many devices over hosts and on one computer, the director's processor time and memory, and how long it takes
from the command to the first row; and how long a worker takes to answer a command. Linux.
"""

from __future__ import annotations

import argparse
import json
import queue
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.processes import own_megabytes, processor_s
from kinect_sync.benches.choice import Simulation
from kinect_sync.benches.launching import worker_launcher
from kinect_sync.benches.simulation import simulate
from kinect_sync.director.link import Inbox, Link
from kinect_sync.findings import Finding
from kinect_sync.hosts.session import Errand, hosts_session
from kinect_sync.network.lines import director_line
from kinect_sync.rig.model import RigFields
from kinect_sync.studio.folders import read_studio
from kinect_sync.wire.messages import Discover, Inventory, Ready, Stop
from tests.hosts.computers import Computer, Program, Studio, loopback_studio

MOST_HOSTS = 9
"""Of nine devices each has a computer of its own; of more, several share one."""
ROUNDS = 300
FPS = 30


@dataclass(frozen=True)
class Run:
    """What one take cost."""

    devices: int
    hosts: int
    first_row_s: float
    """From the command to the first row of the index."""
    percent: float
    """The director's processor time while it records, of one core."""
    megabytes: float
    """The director's own memory at the end."""
    lost: int
    """Captures: there should be none."""


def rig_of(devices: int, hosts: int) -> dict[str, Any]:
    """Describe a chain of up to nine, or as many chains as it takes behind a trigger; spread over hosts."""
    names = [f"d{number}" for number in range(1, devices + 1)]
    chained = devices <= MOST_HOSTS
    first = "standalone" if devices == 1 else "master" if chained else "subordinate"
    rig: dict[str, Any] = {
        "name": "bench",
        "topology": "daisy_chain" if devices > 1 else "standalone",
        "camera": {"depth_mode": "nfov_2x2binned", "fps": FPS},
        "devices": [
            {
                "name": name,
                "serial": f"{number:06}{number:06}",
                "role": first if number == 1 else "subordinate",
                "color_resolution": "720p" if first == "master" and number == 1 else "off",
                **({"host": f"host-{(number - 1) % hosts + 1}"} if hosts else {}),
            }
            for number, name in enumerate(names, start=1)
        ],
    }
    if not chained:
        rig["chains"] = [names[at : at + MOST_HOSTS] for at in range(0, devices, MOST_HOSTS)]
        rig["overlaps"] = rig["chains"]
        rig["external_trigger"] = {
            "fps": FPS, "pulse_width_us": 100, "drive_current_ma": 10, "polarity": "active_high",
        }  # fmt: skip
    return rig


def host_names(count: int) -> list[str]:
    return [f"host-{number}" for number in range(1, count + 1)]


@contextmanager
def studio_of(folder: Path, count: int) -> Iterator[Studio]:
    """Have a studio of so many hosts, all with agents."""
    with loopback_studio(folder, *host_names(count)) as made:
        for name in made.hosts:
            made.start_agent(name, "--simulate")
        yield made


# --- a take ---------------------------------------------------------------------------------------------


def record(stage: Computer, rig: Path, devices: int, hosts: int, seconds: float) -> Run:
    """Record, and account for the director's process alone."""
    name = f"{hosts}-hosts"
    began_s = time.monotonic()
    director = stage.start(
        "start", rig, "--simulate", "--json", "--name", name, "--duration", seconds, "--max-drop-percent", 50
    )
    index = stage.folder / "takes" / name / "alignment.csv"
    first_row_s = until_first_row(index, director) - began_s
    used_s, at_s, megabytes = processor_s(director.process.pid), time.monotonic(), 0.0
    percent = 0.0
    while time.monotonic() - at_s < seconds - 1:
        time.sleep(0.5)
        if director.process.poll() is not None:
            raise ValueError(f"its take ended before it was measured: {director.wait().err}")
        megabytes = own_megabytes(director.process.pid)
        percent = 100 * (processor_s(director.process.pid) - used_s) / (time.monotonic() - at_s)
    report = director.wait().report
    lost = sum(device["dropped"] for device in report["devices"])
    return Run(devices, hosts, first_row_s, percent, megabytes, lost)


def until_first_row(index: Path, director: Program) -> float:
    """Wait until the index has a row beside its heading; return when."""
    while director.process.poll() is None:
        if index.is_file() and index.read_bytes().count(b"\n") > 1:
            return time.monotonic()
        time.sleep(0.01)
    raise ValueError(f"nothing was recorded: {director.wait().err}")


def compare(devices: int, seconds: float) -> tuple[Run, Run]:
    """Record the same rig over hosts, then on one computer."""
    hosts = min(devices, MOST_HOSTS if devices <= MOST_HOSTS else 6)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder, studio_of(Path(folder), hosts) as studio:
        rig = studio.write_rig(rig_of(devices, hosts))
        over = record(studio.stage, rig, devices, hosts, seconds)
        alone = studio.stage.folder / "alone.yaml"
        alone.write_text(json.dumps(rig_of(devices, 0)), encoding="utf-8")
        return over, record(studio.stage, alone, devices, 0, seconds)


# --- a command ------------------------------------------------------------------------------------------


def answer_times(link: Link, inbox: Inbox, rounds: int) -> list[float]:
    """Ask a worker so many times, and return how long each answer took, in milliseconds."""
    times = []
    for _ in range(rounds):
        began_s = time.perf_counter()
        link.send(Discover())
        while not isinstance(inbox.get(timeout=10)[1], Inventory):
            continue
        times.append(1000 * (time.perf_counter() - began_s))
    return times


def command_times(rounds: int = ROUNDS) -> tuple[list[float], list[float]]:
    """Return how long a worker takes to answer: over a host's agent, and as a child of this process."""
    rig = RigFields.model_validate(rig_of(1, 0))
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder, studio_of(Path(folder), 1) as studio:
        bench = simulate(rig, Path(folder) / "world")
        return over_network(studio, bench, rounds), over_pipes(bench, rounds)


def over_network(studio: Studio, bench: Simulation, rounds: int) -> list[float]:
    folder = read_studio(studio.stage.folder / "settings" / "ksync" / "studio")
    errand = Errand({"host-1": bench.model_dump_json(by_alias=True)})
    inbox: Inbox = queue.Queue()
    hosts = folder.studio.hosts

    def absent(host: str) -> Finding:
        raise ValueError(f"{host} is not there")

    with hosts_session(
        list(hosts), lambda hear, notice: director_line(folder, hosts, hear, notice), "benchmark", absent
    ) as session:
        launch = session.launcher({"d1": "host-1"}, errand, worker_launcher(bench))
        return timed(launch("d1", inbox), inbox, rounds)


def over_pipes(bench: Simulation, rounds: int) -> list[float]:
    inbox: Inbox = queue.Queue()
    return timed(worker_launcher(bench)("d1", inbox), inbox, rounds)


def timed(link: Link, inbox: Inbox, rounds: int) -> list[float]:
    try:
        while not isinstance(inbox.get(timeout=30)[1], Ready):
            continue
        return answer_times(link, inbox, rounds)
    finally:
        link.send(Stop())
        link.join(10)


# --- the page -------------------------------------------------------------------------------------------


def tell_runs(over: Run, alone: Run) -> None:
    """Print what a rig cost both ways, and the ratios."""
    print(f"{over.devices} devices over {over.hosts} hosts, and on one computer")
    for what, unit, mine, other in (
        ("from the command to the first row", "s", over.first_row_s, alone.first_row_s),
        ("director's processor time, of a core", "%", over.percent, alone.percent),
        (
            "director's processor time per device",
            "%",
            over.percent / over.devices,
            alone.percent / alone.devices,
        ),
        ("director's memory", "MB", over.megabytes, alone.megabytes),
    ):
        print(f"  {what:<40}{mine:8.2f} {unit:3}{other:8.2f} {unit:3} ratio {mine / max(other, 1e-9):5.2f}")
    print(f"  {'captures lost':<40}{over.lost:8}    {alone.lost:8}")


def tell_times(over: Sequence[float], alone: Sequence[float]) -> None:
    """Print how long commands take both ways."""
    print("a worker's answer to a command, over an agent and by pipes")
    for what, part in (("half of them within", 0.5), ("99 of 100 within", 0.99)):
        mine, other = (statistics.quantiles(each, n=100)[round(100 * part) - 1] for each in (over, alone))
        print(f"  {what:<40}{mine:8.2f} ms {other:8.2f} ms  ratio {mine / other:5.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--devices", default="1,9,36", help="how many, one after the other")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--json", action="store_true", dest="as_json")
    arguments = parser.parse_args()
    times = command_times()
    if not arguments.as_json:
        tell_times(*times)
    told = []
    for count in arguments.devices.split(","):
        over, alone = compare(int(count), arguments.seconds)
        told.append({"over": asdict(over), "alone": asdict(alone)})
        if not arguments.as_json:
            tell_runs(over, alone)
    if arguments.as_json:
        print(json.dumps({"runs": told, "answers_ms": dict(zip(("over", "alone"), times, strict=True))}))


if __name__ == "__main__":
    main()
