"""What the director knows of one device, from what its worker was last heard to say."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from kinect_sync.devices.port import Controls, Discovered, Firmware, Jacks
from kinect_sync.findings import Finding
from kinect_sync.rig.model import DeviceSettings


class Phase(str, Enum):
    """Where a device stands, in the words that the operator reads."""

    STARTING = "starting"
    OPENING = "opening"
    OPEN = "open"
    ARMED = "armed"
    WAITING = "waiting for master"
    DELIVERING = "delivering"
    RECORDING = "recording"
    STALLED = "stalled"
    FINISHED = "finished"
    LOST = "lost"


@dataclass
class DeviceState:
    """What the director knows of one device."""

    settings: DeviceSettings
    phase: Phase = Phase.STARTING
    ready: bool = False
    exited: bool = False
    index: int | None = None
    inventory: tuple[Discovered, ...] | None = None
    jacks: Jacks | None = None
    firmware: Firmware | None = None
    controls: Controls | None = None
    seen: int = 0
    held: tuple[tuple[float, int], ...] = ()
    captures: int = 0
    dropped: int = 0
    """Rows decided so far without a whole capture of it, whatever the reason."""
    queue_full: int = 0
    """Captures dropped because the disk did not keep up."""
    queued_bytes: int = 0
    closing: bool = False
    queue_peak_bytes: int = 0
    """The most that was queued since whoever writes it down has last set it back."""
    written_bytes: int = 0
    newest_pulse: int = -1
    """The newest that it delivered, whatever became of it."""
    last_pulse: int = -1
    """The newest of which is known what became of it."""
    last_heard_s: float = 0.0
    residual_us: float | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The operator's word for the device."""
        return self.settings.name

    @property
    def awaits_disk(self) -> bool:
        """Whether the disk has still to take what the device delivered."""
        return self.closing or self.queued_bytes > 0

    @property
    def gone(self) -> bool:
        """Whether nothing more will come from this device."""
        return self.phase in (Phase.FINISHED, Phase.LOST)
