"""Workers leave with the director's run, whatever ends it."""

from __future__ import annotations

import pytest

from kinect_sync.director import worker_life
from kinect_sync.director.fleet import launched
from kinect_sync.director.link import Inbox, Link, Post
from kinect_sync.errors import BenchError, Interrupted
from kinect_sync.findings import Finding
from kinect_sync.values import Value
from kinect_sync.wire.messages import Exited, Open
from tests.review.small_takes import small_rig


class Stubborn:
    """A worker that is told to stop just as the operator loses patience."""

    def __init__(self) -> None:
        self.killed = False

    def send(self, command: Value) -> None:
        raise KeyboardInterrupt

    def kill(self) -> None:
        self.killed = True

    def join(self, timeout_s: float) -> bool:
        return True


class Unleaving:
    """A worker that opens its device, and does not leave until it is ended."""

    def __init__(self, name: str, post: Post) -> None:
        self.name, self.post = name, post

    def send(self, command: Value) -> None:
        return

    def kill(self) -> None:
        self.post.put((self.name, Exited(code=-9)))

    def join(self, timeout_s: float) -> bool:
        return True


@pytest.mark.parametrize(
    "error", [BenchError(Finding(code="device-late", what="it did not open")), Interrupted()]
)
def test_whatever_ends_a_run_tells_of_a_device_that_was_not_closed(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_life, "CLOSE_S", 0.1)
    (device,) = small_rig().devices[:1]
    settings = small_rig().settings_of(device)

    def run() -> None:
        with launched([settings], Unleaving, lambda: False) as fleet:
            fleet.send(settings.name, Open(settings=settings, index=None))
            raise error

    with pytest.raises(type(error)) as raised:
        run()
    assert [each.code for each in raised.value.findings][-1] == "worker-killed"
    assert raised.value.findings[-1].device == settings.name


def test_a_second_ctrl_c_ends_the_workers_that_were_leaving() -> None:
    links: list[Stubborn] = []

    def launch(name: str, inbox: Inbox) -> Link:
        links.append(Stubborn())
        return links[-1]

    rig = small_rig()
    with (
        pytest.raises(KeyboardInterrupt),
        launched([rig.settings_of(device) for device in rig.devices], launch, lambda: False),
    ):
        pass
    assert [link.killed for link in links] == [True] * 3
