"""What `k4a_device_start_cameras` enforces, in the order of `validate_configuration` in `k4a.c`.

The SDK refuses with one code for everything and its reason goes to a log; so every rule stands here
again, with its reason. Two of them are stricter than the SDK's header says: a delay where it "has no
effect" is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kinect_sync.findings.rig import (
    COLOR_TOO_FAST,
    DELAY_IN_TICKS,
    DEPTH_DELAY_ON_ONE_CAMERA,
    DEPTH_DELAY_RANGE,
    DEPTH_MODE_TOO_FAST,
    FEMTO_NEGATIVE_DEPTH_DELAY,
    FORMAT_NOT_AT_RESOLUTION,
    MASTER_WITHOUT_COLOR,
    NO_CAMERA,
    SUBORDINATE_DELAY_ON_OTHER_ROLE,
    SUBORDINATE_DELAY_RANGE,
    SYNCHRONIZED_IMAGES_ON_ONE_CAMERA,
)
from kinect_sync.rig.model import DeviceSpec, RigFields
from kinect_sync.rig.modes import (
    ColorFormat,
    ColorResolution,
    DepthMode,
    Role,
)
from kinect_sync.rig.problem import Location, Problem

_ONLY_720P = (ColorFormat.NV12, ColorFormat.YUY2)


def _limit_us(rig: RigFields) -> int:
    return rig.hardware.profile.delays.limit_us(rig.camera.fps)


def _limit_text(rig: RigFields) -> str:
    profile = rig.hardware.profile
    whose = "one period" if profile.delays.longest_us is None else f"the limit of {profile.label}"
    return f"{_limit_us(rig)} µs, {whose}"


def _place(rig: RigFields, index: int, field: str) -> Location:
    """Return where a camera setting of one device stands: at the device, or under `camera`."""
    own = getattr(rig.devices[index], field)
    return ("camera", field) if own is None else ("devices", index, field)


def master_runs_color(rig: RigFields, index: int, device: DeviceSpec) -> Iterator[Problem]:
    """The pulse on sync out is the vertical sync of the master's color camera."""
    if device.role is Role.MASTER and rig.color_resolution_of(device) is ColorResolution.OFF:
        what = f"color is off on the master `{device.name}`, and the pulse comes from its color camera"
        yield Problem(_place(rig, index, "color_resolution"), MASTER_WITHOUT_COLOR, what)


def subordinate_delay(rig: RigFields, index: int, device: DeviceSpec) -> Iterator[Problem]:
    """The delay behind the master: 0 to one period, and only on a subordinate."""
    delay = device.subordinate_delay_off_master_usec
    place = ("devices", index, "subordinate_delay_off_master_usec")
    if delay and device.role is not Role.SUBORDINATE:
        what = f"a subordinate delay of {delay} µs on a {device.role}, where the SDK refuses any but 0"
        yield Problem(place, SUBORDINATE_DELAY_ON_OTHER_ROLE, what)
    elif delay and not 0 <= delay <= _limit_us(rig):
        what = f"a subordinate delay of {delay} µs is not within 0 to {_limit_text(rig)}"
        yield Problem(place, SUBORDINATE_DELAY_RANGE, what, f"write 0 to {_limit_us(rig)}")


def depth_delay(rig: RigFields, index: int, device: DeviceSpec) -> Iterator[Problem]:
    """Depth against color: within one period either way, and only where both cameras run."""
    delay = device.depth_delay_off_color_usec
    place = ("devices", index, "depth_delay_off_color_usec")
    if not delay:
        return
    if not rig.runs_both_cameras(device):
        if _both_off(rig, device):
            return
        what = f"a depth delay of {delay} µs where only one camera runs, which the SDK refuses"
        fitting = device.role is Role.SUBORDINATE
        remedy = "use `subordinate_delay_off_master_usec` instead" if fitting else None
        yield Problem(place, DEPTH_DELAY_ON_ONE_CAMERA, what, remedy)
    elif abs(delay) > (limit := _limit_us(rig)):
        what = f"a depth delay of {delay} µs is beyond ±{_limit_text(rig)}"
        yield Problem(place, DEPTH_DELAY_RANGE, what, f"write {-limit} to {limit}")


def color_keeps_the_pulse(rig: RigFields, index: int, device: DeviceSpec) -> Iterator[Problem]:
    """Femto makes depth earlier by making color later, so color leaves the master's."""
    delay = device.depth_delay_off_color_usec
    if delay < 0 and rig.hardware.profile.delays.color_gives_way and rig.runs_both_cameras(device):
        place = ("devices", index, "depth_delay_off_color_usec")
        label = rig.hardware.profile.label
        what = f"{label} keeps a depth delay of {delay} µs by taking color {-delay} µs after the master's"
        yield Problem(place, FEMTO_NEGATIVE_DEPTH_DELAY, what)


def _both_off(rig: RigFields, device: DeviceSpec) -> bool:
    color, depth = rig.color_resolution_of(device), rig.depth_mode_of(device)
    return color is ColorResolution.OFF and depth is DepthMode.OFF


def one_camera_runs(rig: RigFields, index: int, device: DeviceSpec) -> Iterator[Problem]:
    """A device with neither camera has nothing to record."""
    if _both_off(rig, device):
        what = f"color and depth are both off on `{device.name}`"
        own = device.depth_mode is None and device.color_resolution is not None
        place = _place(rig, index, "color_resolution" if own else "depth_mode")
        yield Problem(place, NO_CAMERA, what)


def synchronized_images(rig: RigFields, index: int, device: DeviceSpec) -> Iterator[Problem]:
    """Only two running cameras can be paired; the SDK refuses the wish otherwise."""
    own, rigs = device.synchronized_images_only, rig.camera.synchronized_images_only
    wish = own if own is not None else rigs
    if wish and not rig.runs_both_cameras(device) and not _both_off(rig, device):
        what = f"`synchronized_images_only` on `{device.name}`, where only one camera runs"
        place = _place(rig, index, "synchronized_images_only")
        yield Problem(place, SYNCHRONIZED_IMAGES_ON_ONE_CAMERA, what)


def depth_mode_keeps_up(rig: RigFields, index: int, device: DeviceSpec) -> Iterator[Problem]:
    """The unbinned wide view takes 20.3 ms of exposure; the SDK's table has it at 15 fps at most."""
    mode, fps = rig.depth_mode_of(device), rig.camera.fps
    if mode is not DepthMode.OFF and fps > mode.max_fps:
        what = f"`{mode}` runs at {mode.max_fps} fps at most, and the rig at {fps}"
        remedy = f"write `fps: {mode.max_fps}`, or `wfov_2x2binned` for a wide view at 30 fps"
        yield Problem(_place(rig, index, "depth_mode"), DEPTH_MODE_TOO_FAST, what, remedy)


def color_keeps_up(rig: RigFields, index: int, device: DeviceSpec) -> Iterator[Problem]:
    """The SDK's table has the full sensor, 3072p, at 15 fps at most."""
    resolution, fps = rig.color_resolution_of(device), rig.camera.fps
    if resolution is not ColorResolution.OFF and fps > resolution.max_fps:
        what = f"color at {resolution} runs at {resolution.max_fps} fps at most, and the rig at {fps}"
        remedy = f"write `fps: {resolution.max_fps}`, or `1536p` for the same view at 30 fps"
        yield Problem(_place(rig, index, "color_resolution"), COLOR_TOO_FAST, what, remedy)


def format_fits_resolution(rig: RigFields, index: int, device: DeviceSpec) -> Iterator[Problem]:
    """The SDK's table has NV12 and YUY2 at 720p only."""
    resolution, color_format = rig.color_resolution_of(device), rig.camera.color_format
    if color_format in _ONLY_720P and resolution not in (ColorResolution.OFF, ColorResolution.RES_720P):
        what = f"`{color_format}` exists at 720p only, not at {resolution}"
        inherited = device.color_resolution is None
        place = ("camera", "color_format") if inherited else ("devices", index, "color_resolution")
        yield Problem(place, FORMAT_NOT_AT_RESOLUTION, what)


def delays_in_ticks(rig: RigFields) -> Iterator[Problem]:
    """Delays of an Azure Kinect are whole ticks of a 90 kHz clock; the rest is dropped."""
    delays = rig.hardware.profile.delays
    rounded: dict[int, list[tuple[Location, str]]] = {}
    for index, device in enumerate(rig.devices):
        for field in ("subordinate_delay_off_master_usec", "depth_delay_off_color_usec"):
            delay = getattr(device, field)
            effective = delays.cut_us(delay)
            if abs(effective - delay) > 1e-6:
                rounded.setdefault(delay, []).append((("devices", index, field), device.name))
    if rounded:
        kept = (
            f"{_first_of([name for _, name in places])} {delay} → {delays.cut_us(delay):.1f} µs"
            for delay, places in rounded.items()
        )
        what = f"delays are whole ticks of {delays.step_us:.2f} µs: {', '.join(kept)}"
        yield Problem(next(iter(rounded.values()))[0][0], DELAY_IN_TICKS, what)


def _first_of(names: Sequence[str]) -> str:
    others = len(names) - 1
    return f"`{names[0]}`" + (f" and {others} other{'s' if others > 1 else ''}" if others else "")


RIG_RULES = (delays_in_ticks,)
DEVICE_RULES = (
    master_runs_color,
    subordinate_delay,
    depth_delay,
    color_keeps_the_pulse,
    one_camera_runs,
    synchronized_images,
    depth_mode_keeps_up,
    color_keeps_up,
    format_fits_resolution,
)
