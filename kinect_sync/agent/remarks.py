"""What an agent says of its workers to whoever watches it."""

from __future__ import annotations

from kinect_sync.agent.lodger import Lodger
from kinect_sync.wire.hosts import RunningTake
from kinect_sync.wire.messages import Exited, Failed, Finished


def recorded_on(take: RunningTake) -> str:
    """Say that a take goes on without a director."""
    ends = "" if take.ends_in_s is None else f", and ends in {take.ends_in_s:.0f} s"
    return f"{take.take} is recorded on{ends}: {', '.join(take.devices)}"


def told_of(lodger: Lodger, event: Finished | Failed | Exited) -> str:
    """Say how it ends for a worker."""
    device = lodger.errand.device or lodger.name
    if isinstance(event, Finished):
        return f"{device} has ended {lodger.errand.take or 'its verification'}: {event.captures} captures"
    if isinstance(event, Failed):
        return f"{device} failed: {'; '.join(each.what for each in event.findings)}"
    return f"{device} has left {event.describe()}"
