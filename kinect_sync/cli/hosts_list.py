"""`ksync hosts list`: who answers, and what each host has and does."""

from __future__ import annotations

from pathlib import Path

import click

from kinect_sync.benches.listing import listed_hosts
from kinect_sync.cli.answering import answer
from kinect_sync.cli.bench import load_optional_rig
from kinect_sync.cli.options import json_option, optional_rig_argument, studio_option
from kinect_sync.hosts.listing import HostsReport, ListedHost, lasting
from kinect_sync.wire.hosts import RunningTake


@click.command(
    "list", epilog="Exit codes: 0 every host answers; 2 usage, rig file or studio; 3 a host does not answer."
)
@optional_rig_argument
@studio_option
@json_option
def list_(rig: str | None, studio: Path, *, as_json: bool) -> None:
    """List the hosts of RIG, a YAML file or `-`, or without it all hosts of the studio.

    All are asked at once: version of ksync, connected devices, how the host's clock stands to this computer's
    and how well that is known, free disk, who commands it, what it records, and when its certificate expires.
    A host where nobody listens is `host-unreachable`; one that listens, where one of the two does not accept
    the other, is `host-refused`. Nobody who records is disturbed.
    """

    def check() -> HostsReport:
        return listed_hosts(load_optional_rig(rig, None), studio)

    answer(HostsReport, check, show_hosts, as_json=as_json)


def show_hosts(report: HostsReport) -> None:
    """Print a row per host, and how many answer."""
    from kinect_sync.cli.console import stdout_console
    from kinect_sync.cli.rows import show_rows

    console = stdout_console()
    show_rows(_HEADINGS, [_cells(host) for host in report.hosts], console)
    there = sum(host.problem is None for host in report.hosts)
    whose = f"rig {report.rig}" if report.rig is not None else f"studio {report.studio}"
    if report.hosts:
        console.print(f"{whose}: {there} of {len(report.hosts)} hosts answer")
    else:
        console.print(f"{whose} has no hosts; `ksync hosts add` adds one")


_HEADINGS = (
    *("host", "address", "ksync", "devices", "clock", "free"),
    *("commanded by", "records", "certificate", "problem"),
)


def _cells(host: ListedHost) -> list[str]:
    if host.problem is not None:
        return [host.name, _address(host), *[""] * 7, host.problem.code]
    return [
        host.name,
        _address(host),
        host.ksync or "",
        _devices(host),
        _clock(host),
        "unknown" if host.free_bytes is None else f"{host.free_bytes / 1e9:.0f} GB",
        host.director or "nobody",
        "; ".join(map(_take, host.takes)),
        f"until {host.certificate_until}" if host.certificate_until else "",
        "",
    ]


def _address(host: ListedHost) -> str:
    return f"{host.address} port {host.port}"


def _devices(host: ListedHost) -> str:
    if host.simulates:
        return "simulated"
    if host.devices is None:
        return "unknown"
    return ", ".join(device.name or device.serial for device in host.devices) or "none"


def _clock(host: ListedHost) -> str:
    """Write how a clock stands: seconds, as hosts were started at different times, and how sure that is."""
    if host.clock_offset_ns is None or host.clock_uncertainty_ns is None:
        return "unknown"
    if host.clock_offset_ns == host.clock_uncertainty_ns == 0:
        return "this computer's"
    return f"{host.clock_offset_ns / 1e9:+.6f} s ± {host.clock_uncertainty_ns / 1e6:.2f} ms"


def _take(take: RunningTake) -> str:
    told = f"{take.take} ({', '.join(take.devices)}: {take.captures} captures"
    if take.orphaned_s is not None:
        told += f", orphaned for {lasting(take.orphaned_s)}"
    if take.ends_in_s is not None:
        told += f", ends in {lasting(take.ends_in_s)}"
    return f"{told})"
