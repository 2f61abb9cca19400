"""`ksync devices`: what is connected."""

from __future__ import annotations

from pathlib import Path

import click

from kinect_sync.cli.answering import answer
from kinect_sync.cli.bench import EPILOG, chosen_lookouts, load_optional_rig
from kinect_sync.cli.findings import show_finding
from kinect_sync.cli.options import (
    allow_extra_option,
    json_option,
    optional_rig_argument,
    simulate_option,
    studio_option,
)
from kinect_sync.cli.stopping import stop_signals
from kinect_sync.host.usb import usb_serials
from kinect_sync.host.view import Host
from kinect_sync.survey.inventory import InventoryReport, ListedDevice, report_inventory
from kinect_sync.survey.places import survey_places


@click.command(
    epilog=EPILOG.format(good="every device answers", bad="the rig's and the connected devices differ")
)
@optional_rig_argument
@simulate_option
@allow_extra_option
@studio_option
@json_option
def devices(rig: str | None, simulate: str | None, studio: Path, *, allow_extra: bool, as_json: bool) -> None:
    """List every connected device: index, serial, jacks, firmware, and the role that its jacks suggest.

    Each device is opened for a moment; one that can't be is in use by another program, may not be used by
    you, or does not answer, and Linux then still tells its serial. With RIG, a YAML file or `-`, what is
    connected is compared with it: missing devices and unexpected ones. Where the rig has hosts, these are
    asked too.
    """

    def check() -> InventoryReport:
        loaded = load_optional_rig(rig, simulate)
        with stop_signals() as stopping, chosen_lookouts(loaded, simulate, studio) as out:
            bench = survey_places(out.looks, stopping, show_finding)
        on_usb = usb_serials(Host()) if simulate is None else frozenset()
        return report_inventory(bench, loaded, allow_extra=allow_extra, on_usb=on_usb)

    answer(InventoryReport, check, show_inventory, as_json=as_json)


def show_inventory(report: InventoryReport) -> None:
    """Print a row per device, and how it compares with the rig."""
    from kinect_sync.cli.console import stdout_console
    from kinect_sync.cli.rows import show_rows

    console = stdout_console()
    show_rows(_HEADINGS, [_cells(device) for device in report.devices], console)
    count = len(report.devices)
    told = f"{count} device{'' if count == 1 else 's'} connected"
    if report.rig is not None:
        missing = f"missing: {', '.join(report.missing)}" if report.missing else "none missing"
        told += f"; rig {report.rig}: {missing}"
    console.print(told)


_HEADINGS = ("index", "serial", "device", "host", "sync in", "sync out", "suggests", "firmware", "problem")


def jack_text(plugged: bool | None) -> str:  # noqa: FBT001
    """Write what a plug detector says."""
    return "unknown" if plugged is None else "plug" if plugged else "empty"


def _cells(device: ListedDevice) -> list[str]:
    jacks, firmware = device.jacks, device.firmware
    return [
        str(device.index),
        device.serial or "?",
        device.name or "",
        device.host or "",
        jack_text(jacks.sync_in if jacks else None),
        jack_text(jacks.sync_out if jacks else None),
        str(device.place),
        f"{firmware.color} / {firmware.depth} / {firmware.audio}" if firmware else "unknown",
        device.problem.code if device.problem else "",
    ]
