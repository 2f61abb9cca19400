"""Tests of the processes that share the work of a review."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor

import pytest

from kinect_sync.review.processes import interrupt_held, process_pool

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals go to POSIX threads")


@pytest.fixture
def bystander() -> Iterator[Executor]:
    """A thread that was there before, as a library's: a signal that is blocked elsewhere goes to it."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(os.getpid).result()
        yield thread


def test_an_interrupt_waits_while_processes_begin(bystander: Executor) -> None:
    begun: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        _begin_while_interrupted(bystander, begun)
    assert begun == ["one", "two"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_no_interrupt_is_invented(bystander: Executor) -> None:
    assert _hold() == "held"
    assert bystander.submit(_hold).result() == "held"  # no other thread is ever interrupted


def test_processes_of_a_pool_are_deaf_to_ctrl_c() -> None:
    with process_pool(1) as pool:
        assert pool.submit(signal.getsignal, signal.SIGINT).result() == signal.SIG_IGN
        assert pool.submit(os.getpid).result() != os.getpid()


def test_libraries_in_a_pool_compute_on_one_thread_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    with process_pool(1) as pool:
        told = [pool.submit(os.getenv, name) for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")]
        assert [each.result() for each in told] == ["1", "3"]
    assert "OPENBLAS_NUM_THREADS" not in os.environ


def _begin_while_interrupted(bystander: Executor, begun: list[str]) -> None:
    with interrupt_held():
        bystander.submit(signal.raise_signal, signal.SIGINT).result()
        begun.append("one")
        signal.raise_signal(signal.SIGINT)
        begun.append("two")


def _hold() -> str:
    with interrupt_held():
        return "held"
