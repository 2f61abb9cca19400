"""The hosts that a rig names, as the studio knows them: where each is dialled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kinect_sync.errors import RigError
from kinect_sync.findings import Finding
from kinect_sync.findings.hosts import HOST_ELSEWHERE, HOST_UNKNOWN
from kinect_sync.rig.model import HostSpec
from kinect_sync.studio.address import Address
from kinect_sync.studio.folders import StudioFolder


def addresses_of(folder: StudioFolder, hosts: Mapping[str, HostSpec]) -> dict[str, Address]:
    """Return where the hosts of a rig are dialled.

    RigError with every one that the studio does not know, or knows elsewhere: its certificate says where it
    is, so it would be refused there.
    """
    if problems := tuple(_problems(folder, hosts)):
        raise RigError(*problems)
    return {host: folder.studio.hosts[host] for host in hosts}


def _problems(folder: StudioFolder, hosts: Mapping[str, HostSpec]) -> Iterator[Finding]:
    name, known = folder.studio.name, folder.studio.hosts
    for host, spec in hosts.items():
        if host not in known:
            remedy = f"add it with `ksync hosts add {host} {spec.address}`, or mend the rig file"
            what = f"the studio {name} has no host {host}; it has: {', '.join(known) or 'none yet'}"
            yield HOST_UNKNOWN.found(what, remedy=remedy, field=f"hosts.{host}")
        elif (spec.address, spec.port) != (known[host].address, known[host].port):
            renewed = f"`ksync hosts add {host} {spec.address} --port {spec.port} --renew -o {host}-moved`"
            yield HOST_ELSEWHERE.found(
                f"{host} is at {spec.address} port {spec.port} in the rig file, and at {known[host].address} "
                f"port {known[host].port} in the studio {name}",
                remedy=f"mend the rig file; or, if the host has moved, run {renewed} and carry that there",
                field=f"hosts.{host}",
            )
