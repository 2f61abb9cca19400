"""The captures of devices at other hosts, brought here while they come: agents there send them.

Each host is asked by a thread of its own, as by somebody who only looks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from kinect_sync.benches.host_feed import HostFeed
from kinect_sync.benches.reaching import Reached, ReachHosts
from kinect_sync.errors import KsyncError
from kinect_sync.findings import Finding
from kinect_sync.findings.hosts import HOST_UNKNOWN
from kinect_sync.findings.streaming import STREAM_HOST_UNREAD
from kinect_sync.streaming.distant_captures import DistantCaptures
from kinect_sync.wire.direction import StreamedDevice


class DistantRings:
    """The captures of the devices of a stream that are at other hosts, brought here until it is closed."""

    def __init__(self, hosts: Sequence[str], captures: int, patience_s: float, reach: ReachHosts) -> None:
        """Dial hosts; of each device the newest `captures` will be kept, and a row waits `patience_s`.

        What is older than half of that is not sent: it would come too late.
        """
        self.sources: dict[str, DistantCaptures] = {}
        self._most, self._within_s = captures, patience_s / 2
        self._reach = reach
        self._feeds: dict[str, HostFeed] = {}
        self._host_of: dict[str, str] = {}
        self._reached: Reached | Exception | None = None
        self._dialled = threading.Event()
        self._closed = threading.Event()
        self._threads: list[threading.Thread] = []
        if hosts:
            self._start(self._dial, "captures-dial", hosts)

    def bring(self, devices: Sequence[StreamedDevice]) -> None:
        """Bring the captures of those devices that are at other hosts from now on."""
        self._host_of = {each.name: each.host for each in devices if each.host is not None}
        self.sources = {
            each.name: DistantCaptures(each.settings, self._most)
            for each in devices
            if each.name in self._host_of
        }
        for host in dict.fromkeys(self._host_of.values()):
            theirs = {name: each for name, each in self.sources.items() if self._host_of[name] == host}
            feed = self._feeds[host] = HostFeed(host, theirs, self._within_s)
            self._start(self._follow, f"captures-{host}", feed)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is to be told of the hosts by now."""
        return tuple(dict.fromkeys(finding for feed in self._feeds.values() for finding in feed.findings))

    def when_here(self, device: str, tell: Callable[[], object]) -> None:
        """Call when all is here that there is now of a device: of one of this computer, at once."""
        if device in self._host_of:
            self._feeds[self._host_of[device]].when_here(tell)
        else:
            tell()

    def drain(self) -> None:
        """Bring what there is still, as nothing more will come."""
        for feed in self._feeds.values():
            feed.drain()

    @property
    def is_drained(self) -> bool:
        """Whether all is here that ever will be: of a host that does not answer, after a second."""
        return all(feed.is_drained for feed in self._feeds.values())

    def close(self) -> None:
        """Ask nobody any more; harmless when closed."""
        self._closed.set()
        for thread in self._threads:
            thread.join()
        reached, self._reached = self._reached, None
        if isinstance(reached, Reached):
            reached.line.close()

    def _start(self, work: Callable[[Any], None], name: str, what: object) -> None:
        thread = threading.Thread(target=work, args=(what,), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _dial(self, hosts: Sequence[str]) -> None:
        try:
            self._reached = self._reach(hosts)
        except Exception as error:
            self._reached = error
        finally:
            self._dialled.set()

    def _follow(self, feed: HostFeed) -> None:
        """Ask one host again and again; whatever goes wrong is told, as rows would wait for it for ever."""
        try:
            self._bring_of(feed)
        except Exception as error:
            what = f"captures of `{feed.host}` could not be brought: {type(error).__name__}: {error}"
            feed.give_up(STREAM_HOST_UNREAD.found(what))

    def _bring_of(self, feed: HostFeed) -> None:
        self._dialled.wait()
        reached = self._reached
        if isinstance(reached, KsyncError):
            feed.give_up(reached.findings[0])
        elif isinstance(reached, Exception):
            raise reached
        elif reached is None or feed.host in reached.unknown:
            feed.give_up(HOST_UNKNOWN.found(f"the studio has no host {feed.host}"))
        else:
            while not self._closed.is_set() and not feed.is_drained:
                self._closed.wait(feed.pull(reached.line))
