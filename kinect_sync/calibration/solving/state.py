"""The unknowns of the solver: where each stands among the columns of its equations, and how steps move it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinect_sync.calibration.solving.stacked_poses import Poses, Twists
from kinect_sync.calibration.solving.view_table import DEPTH, Index, RigLenses
from kinect_sync.geometry.distortion import Flags
from kinect_sync.geometry.poses import Numbers

PER_DEVICE = 12
"""A twist of the device's lead camera, and one of its other camera against it."""


@dataclass(frozen=True)
class State:
    """Values of all unknowns."""

    lead_from_world: Poses
    """Of each device, shape (devices,)."""
    other_from_lead: Poses
    """Of each device, shape (devices,)."""
    world_from_board: Poses
    """At each pulse, shape (boards,)."""
    scale: float
    """How much larger the board is than it is meant to be."""
    offset_m: Numbers
    """To add to each device's depth, shape (devices,)."""

    def camera_from_world(self, device: Index, leads: Flags) -> Poses:
        """Return the poses of cameras: of lead cameras, or of the others."""
        lead = self.lead_from_world.at(device)
        other = self.other_from_lead.at(device).of(lead)
        return Poses(
            np.where(leads[:, None, None], lead.rotation, other.rotation),
            np.where(leads[:, None], lead.translation, other.translation),
        )

    def depth_from_world(self, rig: RigLenses) -> Poses:
        """Return the poses of all devices' depth cameras."""
        return self.camera_from_world(np.arange(len(rig)), rig.lead == DEPTH)

    def moved(self, common: Numbers, boards: Twists) -> State:
        """Take a step: `common` in the columns of `Columns`, `boards` of shape (boards, 6)."""
        devices = len(self.offset_m)
        columns = Columns(devices)
        twists = common[: columns.scale].reshape(devices, 2, 6)
        return State(
            lead_from_world=self.lead_from_world.moved(twists[:, 0]),
            other_from_lead=self.other_from_lead.moved(twists[:, 1]),
            world_from_board=self.world_from_board.shifted(boards),
            scale=self.scale + float(common[columns.scale]),
            offset_m=self.offset_m + common[columns.offsets],
        )


@dataclass(frozen=True)
class Columns:
    """Where unknowns that boards have in common stand, of so many devices."""

    devices: int

    @property
    def scale(self) -> int:
        """Of the board's scale."""
        return PER_DEVICE * self.devices

    @property
    def offsets(self) -> slice:
        """Of the devices' depth offsets."""
        return slice(self.scale + 1, self.scale + 1 + self.devices)

    @property
    def count(self) -> int:
        """Of all that have a place here; what a check adds comes behind."""
        return self.scale + 1 + self.devices

    def of_devices(self, device: Index) -> Index:
        """Return the columns of the poses of devices, shape (n, 12)."""
        columns: Index = device[:, None] * PER_DEVICE + np.arange(PER_DEVICE)
        return columns
