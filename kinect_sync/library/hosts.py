"""The hosts of a studio from a program: who is there, and the end of a take that was left alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from kinect_sync.benches.listing import listed_hosts
from kinect_sync.benches.reaching import calling_studio, this_director
from kinect_sync.errors import Interrupted
from kinect_sync.hosts import ending
from kinect_sync.hosts.ending import EndedTake
from kinect_sync.hosts.listing import HostsReport
from kinect_sync.library.running import never
from kinect_sync.rig.model import RigFields
from kinect_sync.studio.own_folder import studio_folder


def list_hosts(rig: RigFields | None = None, *, studio: Path | str | None = None) -> HostsReport:
    """List the hosts of a rig as `ksync hosts list` does, or without it all hosts of the studio.

    All are asked at once, which takes a second or two, and disturbs nobody who records. One that does not
    answer is in the report, with why. `studio` is a folder; where None, KSYNC_STUDIO names it, or it is the
    user's own.

    Raises UsageError where there is no studio, and RigError where it does not know the rig's hosts.
    """
    return listed_hosts(rig, studio_folder() if studio is None else Path(studio))


def end_take(
    take: Path | str,
    *,
    running: bool = False,
    studio: Path | str | None = None,
    stopping: Callable[[], bool] = never,
) -> EndedTake:
    """End what hosts still record of a take whose director is gone, as `ksync hosts end` does.

    `take` is its name, or its folder. Files are closed as at the end of any take, which is waited for, and
    stay where they are. A take that somebody directs is ended only where `running` says so. `studio` is as
    for `list_hosts`.

    Raises UsageError where there is no studio, and Interrupted when `stopping` returns true: hosts that were
    told to end do so.
    """
    with calling_studio(studio_folder() if studio is None else Path(studio)) as (roll, hosts):
        recorded = ending.find_take(roll, hosts, Path(take).name)
        return ending.end_take(
            roll,
            recorded,
            by=this_director(),
            running=running and recorded.director is not None,
            rest=partial(_rest, stopping),
        )


def _rest(stopping: Callable[[], bool], seconds: float) -> None:
    if stopping():
        raise Interrupted
    time.sleep(seconds)
