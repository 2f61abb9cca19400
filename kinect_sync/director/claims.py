"""Which worker has which device: each opens one, whichever it is, and names are handed out afterwards.

Opening a Kinect takes a second and more, and only an open one tells its serial number. So the device at each
index is opened once, by a worker that keeps it open, and the worker is then given that device's name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kinect_sync.devices.port import Discovered
from kinect_sync.director.device_state import DeviceState
from kinect_sync.director.fleet import Fleet
from kinect_sync.director.start_failures import claim_hangs, claim_lost
from kinect_sync.errors import BenchError
from kinect_sync.wire.messages import Claim, Release

APART_S = 1.0
"""From one opening to the next, if the first lasts so long. Devices opened at the same moment may not be
found on the bus; after that each waits for controllers of its own."""
RETRY_S = 3.0
"""For how long what can't be opened is tried again: a device that was just closed needs seconds."""
RETRY_EVERY_S = 0.25


def claim_devices(fleet: Fleet, open_s: float) -> list[Discovered]:
    """Open every device of every host, once, and give each name the worker that has its device.

    Devices without a name are closed again. Each may take `open_s` to open. Raises BenchError.
    """
    found: list[Discovered] = []
    for place in dict.fromkeys(state.place for state in fleet):
        found += Claims(fleet, [state for state in fleet if state.place == place], open_s).run()
    return found


class Claims:
    """The devices of one host, and the workers there."""

    def __init__(self, fleet: Fleet, workers: Sequence[DeviceState], open_s: float) -> None:
        """Claim with `workers`, for the devices that they were launched for: one each, in any order."""
        self._fleet = fleet
        self._workers = workers
        self._names = {state.settings.serial: state.name for state in workers}
        self._open_s = open_s
        self._asked: dict[str, float] = {}
        """Workers that have not answered yet, and when they have to."""
        self._found: dict[int, Discovered] = {}
        self._holders: dict[str, str] = {}
        """Workers by the name of the device that they hold."""
        self._held_at: dict[str, int] = {}
        self._past_last = False

    def run(self) -> list[Discovered]:
        """Claim every index, try again what refuses, and hand out the names."""
        index = 0
        while not self._past_last:
            worker = self._await_idle()
            self._ask(worker, index)
            self._wait_for(worker, APART_S)
            index += 1
        self._wait_all()
        self._try_again()
        self._hand_out()
        return [self._found[index] for index in sorted(self._found)]

    # --- one claim ------------------------------------------------------------------------------------

    def _await_idle(self) -> DeviceState:
        """Wait for a worker without a device; where each has one, one more look costs it nothing."""
        while (idle := self._idle()) is None:
            self._wait(lambda: self._idle() is not None)
        return idle

    def _idle(self) -> DeviceState | None:
        candidates = self._without_device() or self._workers
        return next((state for state in candidates if state.name not in self._asked), None)

    def _without_device(self) -> list[DeviceState]:
        return [state for state in self._workers if state.name not in self._holders.values()]

    def _ask(self, worker: DeviceState, index: int) -> None:
        worker.begin_claiming(index)
        self._asked[worker.name] = self._fleet.now_s() + self._open_s
        self._fleet.send(worker.name, Claim(index=index))

    def _wait_for(self, worker: DeviceState, limit_s: float) -> None:
        self._wait(lambda: worker.name not in self._asked, limit_s)

    def _wait_all(self) -> None:
        self._wait(lambda: not self._asked)

    def _wait(self, until: Callable[[], bool], limit_s: float | None = None) -> None:
        """Take in answers until a condition holds; BenchError for a worker that dies or hangs meanwhile."""
        self._fleet.wait(lambda: self._take_in() or until(), self._open_s if limit_s is None else limit_s)
        for worker in self._workers:
            if worker.gone:
                raise BenchError(*claim_lost(worker))
            if self._fleet.now_s() >= self._asked.get(worker.name, self._fleet.now_s() + 1):
                raise BenchError(claim_hangs(worker, self._open_s), *worker.sdk.findings(None))

    def _take_in(self) -> bool:
        """Take in what was answered; True where no more will be."""
        for worker in self._workers:
            if worker.name in self._asked and worker.claimed is not None:
                del self._asked[worker.name]
                self._judge(worker, worker.claimed.index, worker.claimed.device)
        return any(worker.gone for worker in self._workers)

    def _judge(self, worker: DeviceState, index: int, device: Discovered | None) -> None:
        if device is None:
            self._past_last = True
            return
        self._found[index] = device
        name = self._names.get(device.serial or "")
        if name is not None and name not in self._holders and worker.name not in self._holders.values():
            self._holders[name], self._held_at[name] = worker.name, index
        elif device.serial is not None:
            self._fleet.send(worker.name, Release(index=index))

    # --- all of them ----------------------------------------------------------------------------------

    def _try_again(self) -> None:
        """Try what could not be opened, one at a time, while a device is missing that it may be."""
        refused, until_s = self._refused(), self._fleet.now_s() + RETRY_S
        while refused and self._fleet.now_s() < until_s:
            self._wait(lambda: False, RETRY_EVERY_S)
            for index in refused:
                self._ask(self._await_idle(), index)
                self._wait_all()
            left = self._refused()
            if len(left) < len(refused):
                until_s = self._fleet.now_s() + RETRY_S
            refused = left

    def _refused(self) -> list[int]:
        complete = len(self._holders) == len(self._workers)
        return [] if complete else [i for i, device in self._found.items() if device.serial is None]

    def _hand_out(self) -> None:
        """Give each device's name to the worker that holds it, and the other names to the others."""
        free = [state.name for state in self._without_device()]
        left = [state.name for state in self._workers if state.name not in self._holders]
        self._fleet.reseat(self._holders | dict(zip(left, free, strict=False)))
        for name, index in self._held_at.items():
            self._fleet.states[name].locate(index)
