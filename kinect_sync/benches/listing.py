"""The hosts of a studio or a rig, asked for what each has and does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path

from kinect_sync.benches.reaching import Reach
from kinect_sync.findings import Finding
from kinect_sync.hosts.listing import HostsReport, list_hosts
from kinect_sync.hosts.roll_call import HostAnswer, call_roll
from kinect_sync.rig.model import RigFields
from kinect_sync.studio.extra import require_hosts_extra
from kinect_sync.studio.folders import StudioFolder, read_studio
from kinect_sync.studio.membership import addresses_of


def listed_hosts(rig: RigFields | None, studio: Path) -> HostsReport:
    """Ask all hosts of a rig at once, or without it of the studio; nobody who records is disturbed.

    Raises UsageError where there is no studio, and RigError where it does not know the rig's hosts.
    """
    require_hosts_extra()
    folder = read_studio(studio)
    addresses = folder.studio.hosts if rig is None else addresses_of(folder, rig.hosts)
    reach = Reach(folder, addresses)
    answers = call_roll(list(addresses), reach.dial_once, reach.explain)
    return list_hosts(folder.studio.name, addresses, answers, rig, tuple(_expiring(folder, answers)))


def _expiring(folder: StudioFolder, answers: Mapping[str, HostAnswer]) -> Iterator[Finding]:
    from kinect_sync.studio.expiry import expiries

    said = {host: each.description for host, each in answers.items() if each.description is not None}
    until = {host: each.certificate_until for host, each in said.items()}
    return expiries(folder, until, datetime.now(timezone.utc))
