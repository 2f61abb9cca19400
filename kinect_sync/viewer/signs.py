"""What an operator has to see at once: large, in the words of findings where one says it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kinect_sync.findings import Finding, Severity
from kinect_sync.findings.recording import DEVICE_STALLED
from kinect_sync.findings.rig import LASER_CONFLICT
from kinect_sync.viewer.head import ColorHead, DepthHead, DeviceHead, Sign

STALLED_S = 3.0
"""A device that gave nothing for so long is called stalled, as the director does."""
SHOWN_STALLED = "check its USB and sync cables"
"""What to do about one of a rig that is only shown: nothing of it is kept."""
DISK_MINUTES = (10.0, 2.0)
"""Below the first the disk is told of, below the second it is alarming."""
QUEUE_SHARE = 0.25
"""Of the bound of a queue: so much waits only where the disk does not keep up."""
OVER_EXPOSED = 0.25
"""Share of clipped pixels; a window and a lamp in the picture of a room are some percent."""
COVERED_DARK = 0.95
"""Share of dark pixels of a camera that sees nothing, if depth sees nothing either."""
COVERED_DEPTH = 0.05
MEETING = 0.1
"""Share of pixels without depth for no reason of light: a real room has 0.025, by its edges."""

_ORDER = tuple(Severity)


def sign_of(finding: Finding) -> Sign:
    """Return a finding as a sign."""
    text = f"{finding.what}; {finding.remedy}" if finding.remedy else finding.what
    return Sign(severity=finding.severity, text=text, device=finding.device, code=finding.code)


def ordered(signs: Iterable[Sign]) -> tuple[Sign, ...]:
    """Return the worst first, and what is only a fact not at all."""
    shown = (sign for sign in signs if sign.severity is not Severity.NOTE)
    return tuple(sorted(shown, key=lambda sign: _ORDER.index(sign.severity)))


def disk_signs(minutes: float | None) -> Iterator[Sign]:
    """Warn before the disk is full."""
    warned, alarmed = DISK_MINUTES
    if minutes is not None and minutes < warned:
        severity = Severity.ERROR if minutes < alarmed else Severity.WARNING
        left = f"{minutes:.0f} minutes" if minutes >= alarmed else f"{minutes * 60:.0f} s"
        text = f"the disk has room for {left} more, and then the take ends; make room"
        yield Sign(severity=severity, text=text)


def recording_signs(devices: Sequence[DeviceHead], *, kept: bool) -> Iterator[Sign]:
    """Tell of devices that give nothing and of disks that do not keep up, while devices run.

    `kept` is whether what they give is recorded.
    """
    for device in devices:
        waiting, limit = device.queue_bytes or 0, device.queue_limit_bytes or 0
        if limit and waiting > QUEUE_SHARE * limit:
            text = (
                f"the disk does not keep up: {waiting / 1e6:.0f} MB wait, and at {limit / 1e6:.0f} MB "
                "captures are dropped; record to a faster disk"
            )
            yield Sign(severity=Severity.WARNING, text=text, device=device.name)
        elif device.age_s is not None and device.age_s > STALLED_S:
            what = f"nothing came for {device.age_s:.0f} s"
            stalled = sign_of(DEVICE_STALLED.found(what, device=device.name))
            yield stalled if kept else stalled.model_copy(update={"text": f"{what}; {SHOWN_STALLED}"})


def picture_signs(devices: Sequence[DeviceHead]) -> Iterator[Sign]:
    """Tell of cameras that see too much light, or nothing."""
    for device in devices:
        if device.problem is not None:
            yield Sign(severity=Severity.ERROR, text=device.problem, device=device.name)
        if _is_covered(device.color, device.depth):
            text = "the camera sees nothing; take off what covers it, or switch on the light"
            yield Sign(severity=Severity.ERROR, text=text, device=device.name)
        elif device.color is not None and (device.color.clipped or 0) > OVER_EXPOSED:
            text = f"{device.color.clipped:.0%} of color is over-exposed; set a shorter exposure_us"
            yield Sign(severity=Severity.WARNING, text=text, device=device.name)


def laser_hint(depth: DepthHead | None, meets: Sequence[str]) -> str | None:
    """Say that lasers may meet: where the plan has them meet, and the picture lacks depth as if they did."""
    if depth is None or depth.other is None or depth.other < MEETING or not meets:
        return None
    others = ", ".join(meets)
    return (
        f"by the rig's delays its depth is exposed while the lasers of {others} fire, and {depth.other:.0%} "
        f"of it is missing for no reason of light; {LASER_CONFLICT.remedy}"
    )


def _is_covered(color: ColorHead | None, depth: DepthHead | None) -> bool:
    """Tell by both cameras where there are both: a dark room has depth."""
    dark = color is None or (color.dark or 0) > COVERED_DARK
    blind = depth is None or (depth.coverage is not None and depth.coverage < COVERED_DEPTH)
    return (color is not None or depth is not None) and dark and blind
