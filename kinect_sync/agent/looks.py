"""What an agent answers about its computer."""

from __future__ import annotations

from functools import singledispatchmethod

from kinect_sync.host.usb import usb_serials
from kinect_sync.host.view import Host
from kinect_sync.values import Value
from kinect_sync.wire.lines import Answered
from kinect_sync.wire.looks import Connected, ListConnected


class Looks:
    """The computer that an agent runs on, as far as somebody asks."""

    def __init__(self, host: Host | None = None, *, simulates: bool) -> None:
        """Look at this computer; simulated devices stand on no bus."""
        self._host = host or Host()
        self._simulates = simulates

    @singledispatchmethod
    def answer(self, request: Value) -> Answered:
        """Answer a request, which may take seconds."""
        raise TypeError(f"{type(request).__name__} is no request about a computer")

    @answer.register
    def _(self, _request: ListConnected) -> Answered:
        if self._simulates or not self._host.is_linux:
            return Answered(Connected(serials=None))
        return Answered(Connected(serials=tuple(sorted(usb_serials(self._host)))))
