"""What follows from a rig by arithmetic: cables, jacks, data rates, and what the hardware makes of settings.

Figures: the depth camera's raw USB payload per frame is that of the SDK's depth modes. A recording
holds depth and IR uncompressed, 2 bytes a pixel each, and color as it arrives. MJPG depends on the scene
and is an estimate, as is what `start --compress` makes of depth and IR. One MB is 10^6 bytes, one GB 10^9.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from kinect_sync.rig.hardware import Hardware
from kinect_sync.rig.model import HERE, DeviceSettings, DeviceSpec, RigFields
from kinect_sync.rig.modes import (
    ColorFormat,
    ColorResolution,
    DepthMode,
    Role,
    Topology,
)
from kinect_sync.rig.topology import Cable, between, cables, expected_jacks
from kinect_sync.values import Value

_DEPTH_USB_BYTES = {
    DepthMode.OFF: 0,
    DepthMode.NFOV_2X2BINNED: 5_310_760,  # binned on the host: the cable carries every pixel
    DepthMode.NFOV_UNBINNED: 5_310_760,
    DepthMode.WFOV_2X2BINNED: 3_777_232,
    DepthMode.WFOV_UNBINNED: 9_438_664,
    DepthMode.PASSIVE_IR: 1_678_024,
}
_PACKED = (0.25, 0.50)
"""What PNG leaves of depth and IR: of a calm scene, and of a noisy one; a real office scene left 0.36."""
_MJPG_BYTES_PER_PIXEL = (0.04, 0.30)
"""A calm scene at 2160p, and a busy one at 720p; a real 720p office scene took 0.24."""
_BYTES_PER_PIXEL = {ColorFormat.NV12: 1.5, ColorFormat.YUY2: 2.0, ColorFormat.BGRA32: 4.0}


class Rate(Value):
    """A data rate in bytes per second; a range where MJPG makes it an estimate."""

    low: int
    """The least to expect."""
    high: int
    """The most to plan for; equal to `low` where the rate is exact."""

    @property
    def is_exact(self) -> bool:
        """Whether the rate does not depend on the scene."""
        return self.low == self.high

    @property
    def gb_per_minute(self) -> tuple[float, float]:
        """The range in 10^9 bytes per minute."""
        return self.low * 60 / 1e9, self.high * 60 / 1e9

    def __add__(self, other: Rate) -> Rate:
        """Add two rates."""
        return Rate(low=self.low + other.low, high=self.high + other.high)


class CableFact(Value):
    """One cable to plug."""

    from_device: str
    """Name of the device with the sync out end, or `trigger`."""
    to_device: str
    """Name of the device with the sync in end."""
    text: str
    """The cable as one says it: from `front` sync out to `left` sync in."""
    length_m: float | None = None
    """Length in metres, where the rig file gives it."""


class DeviceFacts(Value):
    """What follows for one device."""

    name: str
    """The operator's word for it."""
    serial: str
    """Its serial number."""
    role: Role
    """Its role."""
    host: str | None = None
    """The host that the rig says it is connected to; null where its serial number is to be found."""
    sync_in: bool
    """Whether a plug is expected in sync in."""
    sync_out: bool
    """Whether a plug is expected in sync out."""
    color_resolution: ColorResolution
    """Resolution of color, after the device's override."""
    color_format: ColorFormat
    """Pixel format of color."""
    depth_mode: DepthMode
    """Depth mode, after the device's override."""
    synchronized_images_only: bool
    """Whether captures that lack an image are dropped by the SDK."""
    exposure_us: int | Literal["auto"] | None
    """The exposure that the device really uses in µs; null where color is off."""
    subordinate_delay_us: float
    """Color comes so long after the pulse, the master's where nothing delays that, as the device keeps it:
    in whole 90 kHz ticks, and on a Femto with what color gives way to a depth that comes earlier."""
    depth_delay_us: float
    """Depth comes so long after the same device's color, as the device keeps it."""
    usb: Rate
    """Load on the USB host controller in bytes per second: raw depth, and color."""
    disk: Rate
    """Growth of the recording in bytes per second, without the IMU (below 0.2 MB/s)."""
    compressed_disk: Rate
    """The same with `start --compress`."""


class HostFacts(Value):
    """What follows for one host, from the devices that the rig says are connected to it."""

    name: str
    """Its name; `here` is the computer that the command runs on."""
    address: str | None
    """Its address; null for `here`."""
    port: int | None
    """The port that its agent listens on; null for `here`."""
    devices: tuple[str, ...]
    """Names of its devices."""
    usb: Rate
    """What it must take in."""
    disk: Rate
    """What it must write."""
    compressed_disk: Rate
    """The same with `start --compress`."""


class RigFacts(Value):
    """What follows from a rig."""

    name: str
    """Name of the rig."""
    topology: Topology
    """Its topology."""
    hardware: Hardware
    """The family of its devices."""
    fps: int
    """Pulses per second."""
    devices: tuple[DeviceFacts, ...]
    """One entry per device, in the file's order."""
    cables: tuple[CableFact, ...]
    """The cables in the order to plug them."""
    cables_to_buy: int
    """Number of 3.5 mm cables."""
    splitter: str | None
    """What divides the pulse, where something must."""
    usb: Rate
    """Sum over the devices: what one host with all of them must take in."""
    disk: Rate
    """Sum over the devices: what one host with all of them must write."""
    compressed_disk: Rate
    """The same with `start --compress`."""
    hosts: tuple[HostFacts, ...] = ()
    """The hosts that the rig names; none where all devices are connected to one computer."""


def rig_facts(rig: RigFields) -> RigFacts:
    """Derive everything that a valid rig implies."""
    devices = tuple(_device_facts(rig, device) for device in rig.devices)
    plugged = tuple(_cable_fact(rig, cable) for cable in cables(rig))
    return RigFacts(
        name=rig.name,
        topology=rig.topology,
        hardware=rig.hardware,
        fps=rig.camera.fps,
        devices=devices,
        cables=plugged,
        cables_to_buy=_cables_to_buy(rig),
        splitter=_splitter(rig),
        usb=_sum(device.usb for device in devices),
        disk=_sum(device.disk for device in devices),
        compressed_disk=_sum(device.compressed_disk for device in devices),
        hosts=tuple(_host_facts(rig, devices)),
    )


def _sum(rates: Iterable[Rate]) -> Rate:
    return sum(rates, Rate(low=0, high=0))


def _host_facts(rig: RigFields, devices: Sequence[DeviceFacts]) -> Iterator[HostFacts]:
    here = [HERE] if any(device.host == HERE for device in devices) else []
    for name in (*here, *rig.hosts):
        host, own = rig.hosts.get(name), [device for device in devices if device.host == name]
        yield HostFacts(
            name=name,
            address=host.address if host else None,
            port=host.port if host else None,
            devices=tuple(device.name for device in own),
            usb=_sum(device.usb for device in own),
            disk=_sum(device.disk for device in own),
            compressed_disk=_sum(device.compressed_disk for device in own),
        )


def _device_facts(rig: RigFields, device: DeviceSpec) -> DeviceFacts:
    settings = rig.settings_of(device)
    sync_in, sync_out = expected_jacks(rig)[device.name]
    kept = settings.kept_delays
    return DeviceFacts(
        name=device.name,
        serial=device.serial,
        role=device.role,
        host=device.host,
        sync_in=sync_in,
        sync_out=sync_out,
        color_resolution=settings.color_resolution,
        color_format=settings.color_format,
        depth_mode=settings.depth_mode,
        synchronized_images_only=settings.synchronized_images_only,
        exposure_us=_exposure(settings),
        subordinate_delay_us=round(kept.color_us, 3),
        depth_delay_us=round(kept.depth_us, 3),
        usb=usb_rate(settings),
        disk=disk_rate(settings),
        compressed_disk=compressed_disk_rate(settings),
    )


def _exposure(settings: DeviceSettings) -> int | Literal["auto"] | None:
    if not settings.has_color or settings.exposure_us == "auto":
        return "auto" if settings.has_color else None
    exposures = settings.hardware.profile.exposures
    return exposures.effective_us(settings.exposure_us, settings.powerline_hz, settings.fps)


def usb_rate(settings: DeviceSettings) -> Rate:
    """Return what one device sends over USB: raw depth frames, and color as the camera compresses it.

    BGRA32 is decoded on the host, so the cable carries MJPG.
    """
    depth = _DEPTH_USB_BYTES[settings.depth_mode] * settings.fps
    on_wire = ColorFormat.MJPG if settings.color_format is ColorFormat.BGRA32 else settings.color_format
    return Rate(low=depth, high=depth) + _color_rate(settings, on_wire)


def disk_rate(settings: DeviceSettings) -> Rate:
    """Return what one device's recording grows by: depth and IR at 2 bytes a pixel, and color."""
    depth = _depth_bytes_per_s(settings)
    return Rate(low=depth, high=depth) + _color_rate(settings, settings.color_format)


def compressed_disk_rate(settings: DeviceSettings) -> Rate:
    """Return the same where depth and IR are packed as they are recorded."""
    low, high = (round(_depth_bytes_per_s(settings) * share) for share in _PACKED)
    return Rate(low=low, high=high) + _color_rate(settings, settings.color_format)


def _depth_bytes_per_s(settings: DeviceSettings) -> int:
    width, height = settings.depth_mode.size
    images = int(settings.has_depth) + int(settings.has_ir)
    return width * height * 2 * images * settings.fps


def _color_rate(settings: DeviceSettings, color_format: ColorFormat) -> Rate:
    width, height = settings.color_resolution.size
    pixels = width * height * settings.fps
    if color_format is ColorFormat.MJPG:
        low, high = _MJPG_BYTES_PER_PIXEL
    else:
        low = high = _BYTES_PER_PIXEL[color_format]
    return Rate(low=round(pixels * low), high=round(pixels * high))


def _cable_fact(rig: RigFields, cable: Cable) -> CableFact:
    lengths = {(given.from_, given.to): given.length_m for given in rig.cables}
    length = lengths.get((cable.from_device, cable.to_device))
    return CableFact(
        from_device=cable.from_device, to_device=cable.to_device, text=str(cable), length_m=length
    )


def _cables_to_buy(rig: RigFields) -> int:
    """Count the cables; a sync hub has one more, as what feeds it is plugged with a cable of its own."""
    return len(cables(rig)) + int(between(rig) == "sync hub")


def _splitter(rig: RigFields) -> str | None:
    kind = between(rig)
    if kind is None:
        return None
    fed = sum(1 for cable in cables(rig) if cable.via)
    if kind == "pulse distributor":
        return f"pulse distributor with {fed} outputs, each of which drives a sync in as the trigger does"
    if kind == "splitter":
        return f"3.5 mm headphone splitter, 1 to {fed}"
    source = "the trigger" if rig.external_trigger is not None else "the master"
    return f"Orbbec sync hub with {fed} outputs, fed by {source}"
