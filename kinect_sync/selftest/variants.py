"""The rig in other ways than it is described: one device of it, other delays, another frame rate."""

from __future__ import annotations

from kinect_sync.errors import RigError
from kinect_sync.rig.model import Fps, RigFields
from kinect_sync.rig.modes import Role, Topology
from kinect_sync.rig.rig import Rig


def alone(rig: RigFields, name: str) -> RigFields:
    """Return the rig with one device, which counts out its captures itself."""
    device = next(each for each in rig.devices if each.name == name)
    changes = {"role": Role.STANDALONE, "subordinate_delay_off_master_usec": 0}
    return rig.model_copy(
        update={
            "topology": Topology.STANDALONE,
            "devices": (device.model_copy(update=changes),),
            "external_trigger": None,
            "cables": (),
            "overlaps": (),
        }
    )


def at_rate(rig: RigFields, fps: Fps) -> RigFields | None:
    """Return the rig at another frame rate; None where its modes do not have it."""
    return valid(with_delays(rig.model_copy(update={"camera": rig.camera.model_copy(update={"fps": fps})})))


def with_exposure(rig: RigFields, exposure_us: int) -> RigFields:
    """Return the rig with another exposure."""
    camera = rig.camera.model_copy(update={"exposure_us": exposure_us})
    return rig.model_copy(update={"camera": camera})


def with_delays(rig: RigFields, *, subordinate_us: int = 0, depth_us: int = 0) -> RigFields:
    """Return the rig with the same delays on every device that can have them, in the place of its own."""
    devices = (
        device.model_copy(
            update={
                "subordinate_delay_off_master_usec": subordinate_us if device.role is Role.SUBORDINATE else 0,
                "depth_delay_off_color_usec": depth_us if rig.runs_both_cameras(device) else 0,
            }
        )
        for device in rig.devices
    )
    return rig.model_copy(update={"devices": tuple(devices)})


def valid(rig: RigFields) -> RigFields | None:
    """Return a rig if it can run; None if it breaks a rule."""
    try:
        return Rig.model_validate(rig.model_dump(by_alias=True))
    except RigError:
        return None
