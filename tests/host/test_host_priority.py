"""Work beside a recording: a thread that stands back, and no other one of its process."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from kinect_sync.host.priority import STANDS_BACK, let_thread_stand_back


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have no niceness of their own to read")
def test_a_thread_stands_back_and_the_others_do_not() -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    seen: list[int] = []

    def work() -> None:
        let_thread_stand_back()
        seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [max(before, STANDS_BACK)]
    assert os.getpriority(os.PRIO_PROCESS, 0) == before
