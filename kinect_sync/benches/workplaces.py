"""Where the devices of a rig are, and what starts a worker for each: here, or by an agent elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from itertools import cycle
from pathlib import Path

from kinect_sync.benches.choice import BenchChoice, Kinects, Playback, Simulation
from kinect_sync.benches.launching import worker_launcher
from kinect_sync.benches.published_folder import cleared_places
from kinect_sync.benches.reaching import Reach, this_director
from kinect_sync.benches.simulation import spread
from kinect_sync.director.link import Launch
from kinect_sync.findings import Finding
from kinect_sync.findings.hosts import HOST_UNKNOWN
from kinect_sync.hosts.placing import find_places
from kinect_sync.hosts.session import Errand, HostsSession, hosts_session
from kinect_sync.rig.model import HERE, HostSpec, RigFields
from kinect_sync.studio.address import Address
from kinect_sync.studio.extra import require_hosts_extra
from kinect_sync.studio.folders import StudioFolder, read_studio
from kinect_sync.studio.membership import addresses_of
from kinect_sync.survey.discovery import NAME, survey
from kinect_sync.takes.manifest import TakeHost
from kinect_sync.wire.hosts import Answer
from kinect_sync.wire.looks import LookRequest


@dataclass(frozen=True, slots=True)
class Workplaces:
    """What starts the workers of a rig."""

    launch: Launch
    """Starts the worker of a device where that is."""
    hosts: tuple[TakeHost, ...] = ()
    """The other computers that devices are connected to."""
    findings: tuple[Finding, ...] = ()
    """What is to be told of them before."""
    looks: Mapping[str, Launch] = field(default_factory=dict)
    """By host, or `here`, what starts a worker that looks at the whole bench there."""
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    """By device, the other host that it is connected to."""
    rooms: Mapping[str, int | None] = field(default_factory=dict)
    """By host, the room in its memory for what its devices give; None where it did not tell."""


@dataclass(frozen=True, slots=True)
class Lookouts:
    """What looks at the benches of a rig, whichever devices are there."""

    looks: Mapping[str, Launch]
    """By host, or `here`, what starts a worker that looks at the whole bench there."""
    ask: Callable[[str, LookRequest, float], Answer | Finding]
    """Asks a host about itself, for so many seconds; returns its answer, or why there is none."""
    findings: tuple[Finding, ...] = ()
    """What is to be told of the hosts before."""
    hosts: Mapping[str, HostSpec] = field(default_factory=dict)
    """The hosts as a rig file names them."""


@contextmanager
def workplaces(
    rig: RigFields,
    bench: BenchChoice,
    studio: Path,
    *,
    takes: Path | None = None,
    take: str | None = None,
    published: Path | None = None,
) -> Iterator[Workplaces]:
    """Have what starts the workers of a rig, for as long as the context lasts.

    They put the take of the name `take` into `takes`, and on other hosts into the folder of the agent there;
    keep nothing where these are None. What they publish goes into `published`, and on other hosts where they
    lodge. A rig without hosts needs no `studio`, and no network. What runs that were killed left in memory is
    removed before.

    Raises RigError where the studio does not know the hosts, UsageError where there is no studio, and
    BenchError with every host that is not there, or obeys somebody else.
    """
    cleared_places()
    if not rig.hosts or isinstance(bench, Playback):
        here = worker_launcher(bench, takes, published=published)
        yield Workplaces(here, looks={HERE: here})
        return
    with leading(rig, studio) as (session, findings):
        places = found_places(rig, bench, session)
        benches = benches_at(rig, bench)
        texts = _texts(benches)
        elsewhere = {device: place for device, place in places.items() if place != HERE}
        here = worker_launcher(benches.get(HERE, bench), takes, published=published)
        launch = session.launcher(elsewhere, Errand(texts, take), here)
        hosts = tuple(host for host in session.take_hosts if host.name in elsewhere.values())
        rooms = {host: each.memory_bytes for host, each in session.descriptions.items()}
        yield Workplaces(launch, hosts, findings, looks_at(benches, session), elsewhere, rooms)


@contextmanager
def lookouts(rig: RigFields, bench: BenchChoice, studio: Path) -> Iterator[Lookouts]:
    """Have what looks at the benches of a rig for as long as the context lasts; raises as `workplaces`.

    Where devices are need not be known: whoever looks finds out.
    """
    if not rig.hosts:
        yield own_lookouts(bench)
        return
    with leading(rig, studio, looks=True) as (session, findings):
        yield Lookouts(looks_at(benches_at(rig, bench), session), session.ask, findings, rig.hosts)


def own_lookouts(bench: BenchChoice) -> Lookouts:
    """Return what looks at a bench of this computer alone."""
    return Lookouts({HERE: worker_launcher(bench)}, _nobody)


@contextmanager
def studio_lookouts(studio: Path) -> Iterator[Lookouts]:
    """Have what looks at what is connected to this computer and to all hosts of a studio.

    Raises UsageError where there is no studio, and BenchError with every host that is not there.
    """
    require_hosts_extra()
    folder = read_studio(studio)
    hosts = folder.studio.hosts
    specs = {name: HostSpec(address=each.address, port=each.port) for name, each in hosts.items()}
    with leading_at(folder, hosts, looks=True) as (session, findings):
        looks = looks_at(dict.fromkeys((HERE, *hosts), Kinects()), session)
        yield Lookouts(looks, session.ask, findings, specs)


def benches_at(rig: RigFields, bench: BenchChoice) -> dict[str, BenchChoice]:
    """Return by host, or `here`, what the bench is there, wherever devices of the rig may be."""
    if isinstance(bench, Simulation):
        return dict(spread(bench, _dealt(rig)))
    places = [HERE] if any(device.host in (None, HERE) for device in rig.devices) else []
    return dict.fromkeys((*places, *needed_hosts(rig)), bench)


def looks_at(benches: Mapping[str, BenchChoice], session: HostsSession) -> dict[str, Launch]:
    """Return by host, or `here`, what starts a worker that looks at the whole bench there."""
    errand = Errand(_texts(benches))
    return {
        place: worker_launcher(bench)
        if place == HERE
        else session.launcher({NAME: place}, errand, worker_launcher(bench))
        for place, bench in benches.items()
    }


def _texts(benches: Mapping[str, BenchChoice]) -> dict[str, str]:
    return {place: bench.model_dump_json(by_alias=True) for place, bench in benches.items()}


def _nobody(host: str, _request: LookRequest, _timeout_s: float) -> Finding:
    return HOST_UNKNOWN.found(f"the rig has no host {host}")


@contextmanager
def leading(
    rig: RigFields, studio: Path, *, looks: bool = False
) -> Iterator[tuple[HostsSession, tuple[Finding, ...]]]:
    """Lead the hosts that devices are connected to; with that comes what there is to say of certificates.

    Whoever only `looks` takes a host from nobody who was cut off from it.
    """
    require_hosts_extra()
    folder = read_studio(studio)
    needed = {name: rig.hosts[name] for name in needed_hosts(rig)}
    with leading_at(folder, addresses_of(folder, needed), looks=looks) as led:
        yield led


@contextmanager
def leading_at(
    folder: StudioFolder, addresses: Mapping[str, Address], *, looks: bool = False
) -> Iterator[tuple[HostsSession, tuple[Finding, ...]]]:
    """Lead hosts of a studio, as `leading` does."""
    reach = Reach(folder, addresses)
    asked = hosts_session(list(reach.addresses), reach.dial, this_director(), reach.explain, looks=looks)
    with asked as session:
        from kinect_sync.studio.expiry import expiries

        until = {name: each.certificate_until for name, each in session.descriptions.items()}
        yield session, tuple(expiries(folder, until, datetime.now(timezone.utc)))


def needed_hosts(rig: RigFields) -> Sequence[str]:
    """Return the hosts that devices are connected to: all, while one of them does not say where it is."""
    said = [device.host for device in rig.devices]
    return [name for name in rig.hosts if None in said or name in said]


def found_places(rig: RigFields, bench: BenchChoice, session: HostsSession) -> dict[str, str]:
    """Return by device the host that it is connected to, or `here`: as the rig says, or where it answers.

    Simulated devices that do not say so are dealt out, as there is nothing to find. Raises BenchError where a
    device is not found.
    """
    if isinstance(bench, Simulation):
        return _dealt(rig)
    looks = looks_at(benches_at(rig, bench), session)
    return find_places(rig, lambda place: survey(looks[place]))


def _dealt(rig: RigFields) -> dict[str, str]:
    turns = cycle(rig.hosts)
    return {device.name: device.host or next(turns) for device in rig.devices}
