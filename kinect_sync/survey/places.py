"""Ask one worker on each computer what is on its bench, all at once, and tell it as one bench.

A director's own computer may have neither cameras nor an SDK: beside other hosts, what it could not tell is a
warning, which matters where a device is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager

from kinect_sync.at_once import at_once
from kinect_sync.devices.port import Discovered
from kinect_sync.director.link import Launch
from kinect_sync.errors import BenchError
from kinect_sync.findings import Finding, Severity
from kinect_sync.rig.model import HERE
from kinect_sync.rig.places import said_at
from kinect_sync.survey.discovery import Surveyor, keep_quiet, survey

Launches = Mapping[str, Launch]
"""By host, or `here`, what starts a worker there that looks at the bench."""
Look = Callable[[str], tuple[Discovered, ...]]
"""Lists what is on the bench of one host; BenchError where that fails."""


def survey_places(
    launches: Launches,
    stopping: Callable[[], bool] = lambda: False,
    tell: Callable[[Finding], None] = keep_quiet,
) -> tuple[Discovered, ...]:
    """List what is on the benches, once; BenchError with every host where that fails, or `Interrupted`."""
    return _gathered(launches, lambda host: survey(launches[host], stopping, tell), tell)


class Places:
    """A worker on each computer, which looks at its bench again and again."""

    def __init__(self, surveyors: Mapping[str, Surveyor], tell: Callable[[Finding], None]) -> None:
        """Look with these."""
        self._surveyors = surveyors
        self._tell = tell

    def look(self) -> tuple[Discovered, ...]:
        """List what is on the benches; devices stay open in between. Raises BenchError."""
        return _gathered(self._surveyors, lambda host: self._surveyors[host].look(), self._tell)

    def rest(self, seconds: float) -> None:
        """Let some time pass between two looks."""
        at_once(self._surveyors, lambda host: self._surveyors[host].rest(seconds))


@contextmanager
def watching_places(
    launches: Launches, stopping: Callable[[], bool], tell: Callable[[Finding], None]
) -> Iterator[Places]:
    """Keep a worker on each computer for as long as the context lasts."""
    with ExitStack() as stack:
        yield Places(
            {
                host: stack.enter_context(Surveyor(launch, stopping=stopping, tell=tell))
                for host, launch in launches.items()
            },
            tell,
        )


def _gathered(
    hosts: Mapping[str, object], look: Look, tell: Callable[[Finding], None]
) -> tuple[Discovered, ...]:
    """Look everywhere at once, and say of each device of another host where it is."""
    if list(hosts) == [HERE]:
        return look(HERE)

    def seen(host: str) -> tuple[Discovered, ...] | BenchError:
        try:
            return look(host)
        except BenchError as error:
            return error

    found = at_once(hosts, seen)
    failed = {host: each.findings for host, each in found.items() if isinstance(each, BenchError)}
    for finding in failed.pop(HERE, ()):
        tell(said_at(HERE, finding).model_copy(update={"severity": Severity.WARNING}))
    if failed:
        raise BenchError(*(said_at(host, finding) for host, each in failed.items() for finding in each))
    return tuple(
        device if host == HERE else _of(host, device)
        for host, devices in found.items()
        if not isinstance(devices, BenchError)
        for device in devices
    )


def _of(host: str, device: Discovered) -> Discovered:
    problem = None if device.problem is None else said_at(host, device.problem)
    return device.model_copy(update={"host": host, "problem": problem})
