"""What an agent answers about its computer."""

from __future__ import annotations

from functools import singledispatchmethod
from pathlib import Path

from kinect_sync.devices.port import Discovered
from kinect_sync.errors import BenchError
from kinect_sync.host.usb import usb_serials
from kinect_sync.host.view import Host
from kinect_sync.values import Value
from kinect_sync.wire.lines import Answered
from kinect_sync.wire.looks import Connected, Examine, Examined, ListConnected


class Looks:
    """The computer that an agent runs on, as far as somebody asks."""

    def __init__(self, takes: Path, host: Host | None = None, *, simulates: bool) -> None:
        """Look at this computer, which puts takes into a folder; simulated devices stand on no bus."""
        self._takes = takes
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

    @answer.register
    def _(self, request: Examine) -> Answered:
        from kinect_sync.doctor.checkup import check_up
        from kinect_sync.doctor.examination import Examination

        def found() -> tuple[Discovered, ...]:
            if request.devices is None:
                raise BenchError(*request.findings)
            return request.devices

        it = Examination(
            rig=request.rig,
            takes=self._takes,
            ask_bench=found,
            simulated=self._simulates,
            allow_extra=request.allow_extra,
            host=self._host,
        )
        return Answered(Examined(checkup=check_up(it).model_dump_json()))
