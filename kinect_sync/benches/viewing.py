"""Pictures of devices that are connected to other computers, which the agents there make.

The viewer asks each of these hosts by itself, as somebody who only looks, and no more often than the host
wants. One that does not answer costs no other one anything: that is a sign on the page.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

from kinect_sync.benches.reaching import ReachHosts
from kinect_sync.errors import KsyncError
from kinect_sync.findings import Finding
from kinect_sync.findings.hosts import HOST_UNKNOWN
from kinect_sync.hosts.asking import Explain, other_version
from kinect_sync.steady import steady_s
from kinect_sync.viewer.bundle import Bundle, Wanted
from kinect_sync.viewer.merging import ShownElsewhere, merged, shown_in
from kinect_sync.viewer.signs import sign_of
from kinect_sync.wire.hosts import Envelope, OtherVersion, Refused
from kinect_sync.wire.lines import DirectorLine, HostSilent
from kinect_sync.wire.pictures import Pictures, ShowPictures

LOOKED_S = 3.0
"""A host is asked for as long as somebody has looked within this time."""
ASK_S = 3.0
AGAIN_S = 1.0
"""When a host is asked again that did not answer."""
SHORTEST_S = 0.02
REDIAL_S = 5.0
"""When it is tried again to dial hosts that nobody could dial, as those that the studio does not know yet."""
APPEAR_S = 5.0
"""How long a host may take to be there at first: a viewer gives way to whatever else runs here."""


class HostView:
    """What one host shows."""

    def __init__(
        self,
        host: str,
        take: str,
        line: DirectorLine,
        explain: Explain,
        now_s: Callable[[], float] = steady_s,
    ) -> None:
        """Ask `host` over a line about a take; `explain` says why it can't be reached."""
        self.host = host
        self.shown: Mapping[str, ShownElsewhere] = {}
        self.problem: Finding | None = None
        """Why it showed nothing when it was asked last."""
        self._take = take
        self._line = line
        self._explain = explain
        self._now_s = now_s
        self._began_s = now_s()
        self._was_there = False

    def pull(self, devices: Sequence[str], ir: frozenset[str]) -> float:
        """Ask once; return how long to wait before it is asked again."""
        request = ShowPictures(
            take=self._take,
            devices=tuple(devices),
            ir=tuple(sorted(ir & set(devices))),
            since={name: each.head.stamp for name, each in self.shown.items() if self._is_whole(each, ir)},
        )
        try:
            answered = self._line.ask(self.host, Envelope(request=request), ASK_S)
            return self._take_in(answered.answer, answered.payload)
        except OtherVersion as other:
            self.problem = other_version(self.host, other.protocol)
        except HostSilent:
            if self._is_awaited():
                return SHORTEST_S
            self.problem = self._why_silent()
        except ValueError:
            self.problem = self._why_silent()
        return AGAIN_S

    def _take_in(self, answer: object, content: bytes) -> float:
        if isinstance(answer, Refused):
            self.problem = answer.findings[0]
            return AGAIN_S
        if not isinstance(answer, Pictures):
            raise ValueError("that is no answer to this")
        self._was_there = True
        if content:
            self.shown = shown_in(Bundle.from_bytes(content), self._now_s(), self.shown)
        self.problem = None
        return max(SHORTEST_S, answer.wait_s)

    def _is_whole(self, each: ShownElsewhere, ir: frozenset[str]) -> bool:
        """Tell whether all pictures that are wanted of a device are known, and need not be sent again."""
        return each.head.stamp is not None and (each.head.name not in ir or "ir" in each.pictures)

    def _is_awaited(self) -> bool:
        """Tell whether it may still be dialled: who was never there is not called absent at once."""
        return not self._was_there and self._now_s() - self._began_s < APPEAR_S

    def _why_silent(self) -> Finding:
        try:
            return self._explain(self.host)
        except KsyncError as error:
            return error.findings[0]


class Elsewhere:
    """Completes the bundles of a take whose devices are connected to several computers."""

    def __init__(self, take: str, reach: ReachHosts, now_s: Callable[[], float] = steady_s) -> None:
        """Ask about the take of this name; nobody is dialled before a device is elsewhere."""
        self._take = take
        self._reach = reach
        self._now_s = now_s
        self._lines: list[DirectorLine] = []
        self._dial_s = now_s()
        self._unreached: tuple[Finding, ...] = ()
        self._views: dict[str, HostView] = {}
        self._wanted: dict[str, tuple[str, ...]] = {}
        self._ir: frozenset[str] = frozenset()
        self._looked_s = now_s()
        self._resting = 0
        self._changed = threading.Condition()
        self._closed = threading.Event()

    def complete(self, bundle: Bundle, wanted: Wanted) -> Bundle:
        """Put in what other hosts have shown so far; whatever is the matter with them is a sign."""
        away: dict[str, list[str]] = {}
        for device in bundle.head.devices:
            if device.elsewhere and device.host is not None:
                away.setdefault(device.host, []).append(device.name)
        if not away:
            return bundle
        with self._changed:
            self._wanted = {host: tuple(devices) for host, devices in away.items()}
            self._ir, self._looked_s = wanted.ir, self._now_s()
            if missing := [host for host in away if host not in self._views]:
                self._dial(missing)
            self._changed.notify_all()
        shown = {name: each for view in self._views.values() for name, each in view.shown.items()}
        problems = (*self._unreached, *(view.problem for view in self._views.values() if view.problem))
        return merged(bundle, shown, tuple(map(sign_of, problems)), wanted, self._now_s())

    def close(self) -> None:
        """Ask nobody any more."""
        self._closed.set()
        with self._changed:
            self._changed.notify_all()
        for line in self._lines:
            line.close()

    def _dial(self, hosts: Sequence[str]) -> None:
        """Dial hosts, unless that was tried just now."""
        if self._now_s() < self._dial_s:
            return
        self._dial_s = self._now_s() + REDIAL_S
        try:
            reached = self._reach(hosts)
        except KsyncError as error:
            self._unreached = error.findings
            return
        self._unreached = tuple(
            HOST_UNKNOWN.found(f"the studio has no host {host}") for host in reached.unknown
        )
        found = [host for host in hosts if host not in reached.unknown]
        if not found:
            reached.line.close()
            return
        self._lines.append(reached.line)
        for host in found:
            self._begin(HostView(host, self._take, reached.line, reached.explain, self._now_s))

    def _begin(self, view: HostView) -> None:
        self._views[view.host] = view
        threading.Thread(target=self._follow, args=(view,), name=f"view-{view.host}", daemon=True).start()

    @property
    def is_at_rest(self) -> bool:
        """Whether no host is asked, as nobody looks."""
        with self._changed:
            return self._resting == len(self._views)

    def _follow(self, view: HostView) -> None:
        """Ask one host again and again, as long as somebody looks."""
        while True:
            with self._changed:
                self._resting += 1
                self._changed.wait_for(lambda: self._closed.is_set() or self._is_looked_at())
                self._resting -= 1
                devices, ir = self._wanted.get(view.host, ()), self._ir
            if self._closed.is_set():
                return
            self._closed.wait(view.pull(devices, ir))

    def _is_looked_at(self) -> bool:
        return self._now_s() - self._looked_s < LOOKED_S
