"""The facts of a rig as an operator reads them: cables to plug, devices, data rates."""

from __future__ import annotations

from collections.abc import Callable

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from kinect_sync.cli.console import stdout_console
from kinect_sync.rig.facts import CableFact, DeviceFacts, HostFacts, Rate, RigFacts


def show_facts(facts: RigFacts, console: Console | None = None) -> None:
    """Print the verdict and everything that follows from a valid rig."""
    console = console or stdout_console()
    count = len(facts.devices)
    kind = "" if facts.topology == "standalone" else f"{facts.topology} of "
    console.print(Text(f"{facts.name}: valid", style="bold green"))
    plural = "s" if count > 1 else ""
    console.print(f"{kind}{count} {facts.hardware} device{plural} at {facts.fps} fps")
    table = _device_table(facts)
    unbounded = console.options.update(width=10_000)
    if Measurement.get(console, unbounded, table).maximum <= console.width:
        console.print(table)
    else:
        for device in facts.devices:
            _show_device(console, device)
    _show_cables(console, facts)
    _show_rates(console, facts)


_COLUMNS: dict[str, Callable[[DeviceFacts], str]] = {
    "device": lambda device: device.name,
    "serial": lambda device: device.serial,
    "role": lambda device: str(device.role),
    "sync in/out": lambda device: jacks_text(device),
    "color": lambda device: color_text(device),
    "depth": lambda device: str(device.depth_mode),
    "exposure": lambda device: exposure_text(device),
    "delays": lambda device: delays_text(device),
    "USB": lambda device: rate_text(device.usb),
    "disk": lambda device: rate_text(device.disk),
}


def _device_table(facts: RigFacts) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in _COLUMNS:
        table.add_column(heading, overflow="fold", no_wrap=True)
    for device in facts.devices:
        table.add_row(*(Text(read(device)) for read in _COLUMNS.values()))
    return table


def _show_device(console: Console, device: DeviceFacts) -> None:
    console.print()
    for heading, read in _COLUMNS.items():
        console.print(Text(f"{heading:<12} {read(device)}"), overflow="fold")


def jacks_text(device: DeviceFacts) -> str:
    """Write which jacks should have a plug: `plug / empty`."""
    return f"{'plug' if device.sync_in else 'empty'} / {'plug' if device.sync_out else 'empty'}"


def color_text(device: DeviceFacts) -> str:
    """Write resolution and format, or `off`."""
    return f"{device.color_resolution} {device.color_format}" if device.exposure_us is not None else "off"


def exposure_text(device: DeviceFacts) -> str:
    """Write the exposure that is really used."""
    if device.exposure_us is None:
        return "-"
    return "auto" if device.exposure_us == "auto" else f"{device.exposure_us} µs"


def delays_text(device: DeviceFacts) -> str:
    """Write the delays that are really kept: of color behind the pulse, and of depth behind color."""
    parts = [("pulse", device.subordinate_delay_us), ("depth", device.depth_delay_us)]
    return ", ".join(f"{word} {delay:+.1f} µs" for word, delay in parts if delay) or "none"


def rate_text(rate: Rate) -> str:
    """Write a rate in MB/s, an estimate as a range."""
    if rate.is_exact:
        return f"{rate.low / 1e6:.1f} MB/s"
    return f"{rate.low / 1e6:.1f}-{rate.high / 1e6:.1f} MB/s"


def _show_cables(console: Console, facts: RigFacts) -> None:
    if not facts.cables:
        console.print("cables: none to plug")
        return
    parts = [
        f"{facts.cables_to_buy} cable{'s' if facts.cables_to_buy > 1 else ''} of 3.5 mm, each under 10 m"
    ]
    parts += [facts.splitter] if facts.splitter else []
    console.print(Text(f"to buy: {'; '.join(parts)}"))
    console.print("to plug, in this order:")
    for number, cable in enumerate(facts.cables, 1):
        console.print(Text(f"  {number}. {_cable_text(cable)}"))


def _cable_text(cable: CableFact) -> str:
    return cable.text if cable.length_m is None else f"{cable.text} ({cable.length_m:g} m)"


def _show_hosts(console: Console, facts: RigFacts) -> None:
    """Print what each host must take in and write; one that has all devices, where no other is named."""
    if not facts.hosts:
        console.print(Text(f"one host for all: USB {rate_text(facts.usb)}, disk {rate_text(facts.disk)}"))
        return
    for host in facts.hosts:
        name = host.name if host.address is None else f"{host.name} ({host.address})"
        console.print(Text(f"host {name}: {_host_text(host)}"))
    unsaid = [device.name for device in facts.devices if device.host is None]
    if unsaid:
        console.print(Text(f"where their serial numbers answer: {', '.join(unsaid)}"))


def _host_text(host: HostFacts) -> str:
    if not host.devices:
        return "no device is said to be there"
    return f"{', '.join(host.devices)}; USB {rate_text(host.usb)}, disk {rate_text(host.disk)}"


def _minute_text(rate: Rate) -> str:
    low, high = rate.gb_per_minute
    return f"{low:.1f} GB" if rate.is_exact else f"{low:.1f}-{high:.1f} GB"


def _show_rates(console: Console, facts: RigFacts) -> None:
    _show_hosts(console, facts)
    compressed = f"; with --compress {_minute_text(facts.compressed_disk)}"
    told = compressed if facts.compressed_disk != facts.disk else ""
    console.print(Text(f"a minute of recording: {_minute_text(facts.disk)}{told}"))
    if not facts.disk.is_exact or not facts.usb.is_exact:
        console.print(Text("ranges are estimates: the size of MJPG depends on the scene"))
    if not facts.hardware.profile.usb_is_known:
        label = facts.hardware.profile.label
        console.print(Text(f"USB rates are those of an Azure Kinect; a {label}'s are not documented"))
