"""The rig file as pydantic models: the words an operator writes, and their meaning."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from kinect_sync.rig.delays import KeptDelays
from kinect_sync.rig.hardware import Hardware
from kinect_sync.rig.modes import ColorFormat, ColorResolution, DepthMode, Role, Topology
from kinect_sync.values import Value, without_empty

Fps = Literal[5, 15, 30]
Gain = Annotated[int, Field(ge=0, le=255)]
WhiteBalance = Annotated[int, Field(ge=2500, le=12500, multiple_of=10)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=64)]

HERE = "here"
"""The word for the computer that the command runs on, where a host's name would stand."""
AGENT_PORT = 7447
"""Where an agent listens unless the rig says otherwise: the port that Zenoh is registered for."""


class HostSpec(Value):
    """One of the other computers that devices of the rig are connected to; `ksync agent` runs on it."""

    address: str
    """Its IPv4 address, or its name in the network."""
    port: Annotated[int, Field(ge=1, le=65535)] = AGENT_PORT
    """The TCP port that its agent listens on."""


class Camera(Value):
    """Camera settings for every device of the rig."""

    color_resolution: ColorResolution = ColorResolution.RES_720P
    """Resolution of the color camera, or `off`."""
    color_format: ColorFormat = ColorFormat.MJPG
    """Pixel format of color; anything but `mjpg` is large on disk."""
    depth_mode: DepthMode = DepthMode.NFOV_UNBINNED
    """Mode of the depth camera, or `off`."""
    fps: Fps = 30
    """Captures per second, the same on every device."""
    exposure_us: Annotated[int, Field(ge=1, le=200_000)] | Literal["auto"] = 8330
    """Color exposure in µs; `auto` lets every camera change its timing by itself."""
    powerline_hz: Literal[50, 60] = 60
    """Mains frequency; it selects the table that exposures are rounded up to."""
    gain: Gain | None = None
    """Color gain 0 to 255; left as the device has it when absent."""
    white_balance_k: WhiteBalance | None = None
    """White balance in kelvin, 2500 to 12500 in steps of 10; automatic when absent."""
    synchronized_images_only: bool | None = None
    """Drop captures that lack an image; by default true where both cameras run, as only then it may be."""


class DeviceSpec(Value):
    """One device of the rig, as it should be."""

    name: Name
    """The operator's word for the device; it names the device's file."""
    serial: str
    """Serial number, quoted: 12 digits on an Azure Kinect."""
    role: Role
    """`master`, `subordinate` or `standalone`."""
    host: Name | None = None
    """The host that it is connected to: a name of `hosts`, or `here` for the computer that the command runs
    on; without it, the device is where its serial number answers."""
    subordinate_delay_off_master_usec: int = 0
    """Color and depth of a subordinate come this much after the master's color; 0 to one period."""
    depth_delay_off_color_usec: int = 0
    """Depth comes this much after (or, negative, before) the same device's color; within one period."""
    color_resolution: ColorResolution | None = None
    """Overrides the rig's."""
    depth_mode: DepthMode | None = None
    """Overrides the rig's."""
    synchronized_images_only: bool | None = None
    """Overrides the rig's."""
    gain: Gain | None = None
    """Overrides the rig's."""
    white_balance_k: WhiteBalance | None = None
    """Overrides the rig's."""

    @model_serializer(mode="wrap")
    def _without_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_empty(handler(self), "host")


class ExternalTrigger(Value):
    """A pulse generator in the place of a master: every device is then a subordinate."""

    fps: float
    """Frequency of the pulses: exactly 5, 15 or 30 Hz, and the rig's."""
    pulse_width_us: float
    """More than 8 µs."""
    drive_current_ma: float
    """At least 8 mA."""
    polarity: Literal["active_high", "active_low"] = "active_high"
    """The devices need `active_high`."""


class CableSpec(Value):
    """One sync cable as it was bought; only needed to check its length."""

    from_: Annotated[Name, Field(alias="from")]
    """Name of the device with the sync out end, or `trigger`."""
    to: Name
    """Name of the device with the sync in end."""
    length_m: Annotated[float, Field(gt=0)]
    """Length in metres: under 10."""


class DeviceSettings(Value):
    """Everything that a bench needs to start one device, with nothing left to derive."""

    name: str
    """The operator's word for the device."""
    serial: str
    """Serial number."""
    role: Role
    """`master`, `subordinate` or `standalone`."""
    hardware: Hardware
    """`azure_kinect` or `femto`."""
    color_resolution: ColorResolution
    """Resolution of the color camera, or `off`."""
    color_format: ColorFormat
    """Pixel format of color."""
    depth_mode: DepthMode
    """Mode of the depth camera, or `off`."""
    fps: Fps
    """Captures per second."""
    exposure_us: int | Literal["auto"]
    """Color exposure in µs."""
    powerline_hz: Literal[50, 60]
    """Mains frequency; it selects the table that exposures are rounded up to."""
    gain: int | None
    """Color gain; null leaves it as the device has it."""
    white_balance_k: int | None
    """White balance in kelvin; null makes it automatic (0.1.0 left it as the device had it)."""
    synchronized_images_only: bool
    """Whether the SDK drops captures that lack an image."""
    subordinate_delay_off_master_usec: int
    """Color and depth of a subordinate come this much after the master's color."""
    depth_delay_off_color_usec: int
    """Depth comes this much after (or, negative, before) the same device's color."""
    imu: bool
    """Whether the IMU is recorded."""

    @property
    def kept_delays(self) -> KeptDelays:
        """What the device makes of its delays."""
        delays = self.hardware.profile.delays
        return delays.keep(self.subordinate_delay_off_master_usec, self.depth_delay_off_color_usec)

    @property
    def has_color(self) -> bool:
        """Whether captures hold a color image."""
        return self.color_resolution is not ColorResolution.OFF

    @property
    def has_depth(self) -> bool:
        """Whether captures hold a depth image."""
        return self.depth_mode.has_depth

    @property
    def has_ir(self) -> bool:
        """Whether captures hold an IR image."""
        return self.depth_mode is not DepthMode.OFF


class RigFields(Value):
    """The fields of a rig file, each valid by itself."""

    # A value that holds these is the same again after the way through JSON: a `Rig` in it becomes its fields.
    model_config = ConfigDict(revalidate_instances="subclass-instances")

    name: Name
    """Name of the rig; takes are named after it."""
    topology: Topology
    """`daisy_chain`, `star` or `standalone`; in a chain devices stand in cable order, or as `chains` says."""
    hardware: Hardware = Hardware.AZURE_KINECT
    """`azure_kinect`, or `femto` for Orbbec's Femto Bolt and Mega."""
    imu: bool = False
    """Record the IMU of every device."""
    camera: Camera = Camera()
    """Settings for every device; a device may override some."""
    devices: Annotated[tuple[DeviceSpec, ...], Field(min_length=1)]
    """The devices, in cable order in a chain, or as `chains` says."""
    external_trigger: ExternalTrigger | None = None
    """A pulse generator in the place of a master."""
    cables: tuple[CableSpec, ...] = ()
    """Lengths of the cables, where they should be checked."""
    overlaps: tuple[tuple[Name, ...], ...] = ()
    """Groups of devices that see the same volume, by name, so that their lasers are kept apart; without it,
    and for a device that no group names, all see the same."""
    chains: tuple[tuple[Name, ...], ...] = ()
    """Several daisy chains at the distributor of an external trigger: the devices of each, by name, in cable
    order; each device is in one. Without it, all devices are one chain."""
    hosts: dict[Name, HostSpec] = Field(default_factory=dict)
    """The other computers that devices are connected to, by name; without it, all devices are connected to
    the computer that the command runs on, and nothing goes over the network."""
    calibration: str | None = None
    """The `rig_calibration.json` that says where the cameras are, by a path from the rig file's folder; each
    take then has a copy of it."""

    @model_serializer(mode="wrap")
    def _without_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_empty(handler(self), "chains", "hosts", "calibration")

    def color_resolution_of(self, device: DeviceSpec) -> ColorResolution:
        """Resolve one device's color resolution: its own, or the rig's."""
        return device.color_resolution or self.camera.color_resolution

    def depth_mode_of(self, device: DeviceSpec) -> DepthMode:
        """Resolve one device's depth mode: its own, or the rig's."""
        return device.depth_mode or self.camera.depth_mode

    def runs_both_cameras(self, device: DeviceSpec) -> bool:
        """Tell whether color and depth both run on one device."""
        color, depth = self.color_resolution_of(device), self.depth_mode_of(device)
        return color is not ColorResolution.OFF and depth is not DepthMode.OFF

    def settings_of(self, device: DeviceSpec) -> DeviceSettings:
        """Resolve what one device is to be started with: the rig's camera under the device's overrides."""
        camera = self.camera
        return DeviceSettings(
            name=device.name,
            serial=device.serial,
            role=device.role,
            hardware=self.hardware,
            color_resolution=self.color_resolution_of(device),
            color_format=camera.color_format,
            depth_mode=self.depth_mode_of(device),
            fps=camera.fps,
            exposure_us=camera.exposure_us,
            powerline_hz=camera.powerline_hz,
            gain=_first(device.gain, camera.gain),
            white_balance_k=_first(device.white_balance_k, camera.white_balance_k),
            synchronized_images_only=_first_flag(
                device.synchronized_images_only,
                camera.synchronized_images_only,
                self.runs_both_cameras(device),
            ),
            subordinate_delay_off_master_usec=device.subordinate_delay_off_master_usec,
            depth_delay_off_color_usec=device.depth_delay_off_color_usec,
            imu=self.imu,
        )


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)


def _first_flag(device: bool | None, camera: bool | None, default: bool) -> bool:  # noqa: FBT001
    return next(value for value in (device, camera, default) if value is not None)
