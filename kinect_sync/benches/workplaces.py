"""Where the devices of a rig are, and what starts a worker for each: here, or by an agent elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timezone
from itertools import cycle
from pathlib import Path

from kinect_sync.benches.choice import BenchChoice, Playback, Simulation
from kinect_sync.benches.launching import worker_launcher
from kinect_sync.benches.simulation import spread
from kinect_sync.devices.port import Discovered
from kinect_sync.director.link import Launch
from kinect_sync.findings import Finding
from kinect_sync.hosts.placing import find_places
from kinect_sync.hosts.session import Errand, HostsSession, hosts_session
from kinect_sync.rig.model import HERE, RigFields
from kinect_sync.survey.discovery import NAME, survey
from kinect_sync.takes.manifest import TakeHost


@dataclass(frozen=True, slots=True)
class Workplaces:
    """What starts the workers of a rig."""

    launch: Launch
    """Starts the worker of a device where that is."""
    hosts: tuple[TakeHost, ...] = ()
    """The other computers that devices are connected to."""
    findings: tuple[Finding, ...] = ()
    """What is to be told of them before."""


@contextmanager
def workplaces(
    rig: RigFields,
    bench: BenchChoice,
    studio: Path,
    *,
    takes: Path | None = None,
    take: str | None = None,
) -> Iterator[Workplaces]:
    """Have what starts the workers of a rig, for as long as the context lasts.

    They put the take of the name `take` into `takes`, and on other hosts into the folder of the agent there;
    keep nothing where these are None. A rig without hosts needs no `studio`, and no network.

    Raises RigError where the studio does not know the hosts, UsageError where there is no studio, and
    BenchError with every host that is not there, or obeys somebody else.
    """
    if not rig.hosts or isinstance(bench, Playback):
        yield Workplaces(worker_launcher(bench, takes))
        return
    with leading(rig, studio) as (session, findings):
        places = found_places(rig, bench, session)
        benches = spread(bench, places) if isinstance(bench, Simulation) else dict.fromkeys(rig.hosts, bench)
        texts = {host: each.model_dump_json(by_alias=True) for host, each in benches.items()}
        elsewhere = {device: place for device, place in places.items() if place != HERE}
        here = worker_launcher(benches.get(HERE, bench), takes)
        launch = session.launcher(elsewhere, Errand(texts, take), here)
        hosts = tuple(host for host in session.take_hosts if host.name in elsewhere.values())
        yield Workplaces(launch, hosts, findings)


@contextmanager
def leading(rig: RigFields, studio: Path) -> Iterator[tuple[HostsSession, tuple[Finding, ...]]]:
    """Lead the hosts that devices are connected to; with that comes what there is to say of certificates."""
    from kinect_sync.benches.reaching import Reach, this_director
    from kinect_sync.studio.extra import require_hosts_extra
    from kinect_sync.studio.folders import read_studio
    from kinect_sync.studio.membership import addresses_of

    require_hosts_extra()
    folder = read_studio(studio)
    reach = Reach(folder, addresses_of(folder, {name: rig.hosts[name] for name in needed_hosts(rig)}))
    with hosts_session(list(reach.addresses), reach.dial, this_director(), reach.explain) as session:
        from kinect_sync.studio.expiry import director_expiry, host_expiry

        now = datetime.now(timezone.utc)
        dates = {name: each.certificate_until for name, each in session.descriptions.items()}
        told = [
            finding
            for name, until in dates.items()
            if until is not None
            for finding in host_expiry(name, date.fromisoformat(until), now)
        ]
        yield session, (*director_expiry(folder, now), *told)


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
        turns = cycle(rig.hosts)
        return {device.name: device.host or next(turns) for device in rig.devices}
    errand = Errand(dict.fromkeys(session.lines, bench.model_dump_json(by_alias=True)))
    here = worker_launcher(bench)

    def discover(place: str) -> Sequence[Discovered]:
        host_of = {} if place == HERE else {NAME: place}
        return survey(session.launcher(host_of, errand, here))

    return find_places(rig, discover)
