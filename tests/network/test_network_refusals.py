"""Zenoh's words on refused connections, as an agent's log has them."""

from __future__ import annotations

import os

import pytest

from kinect_sync.network.refusals import AGAIN_S, Refusals, refusals_in

BEGIN = b"2026-01-31T08:10:22.787800Z  WARN acc-0 ThreadId(05) zenoh_link_tls::unicast: "
COLORED = (
    b"\x1b[2m2026-01-31T08:10:22.787800Z\x1b[0m \x1b[33m WARN\x1b[0m acc-0 ThreadId(05) "
    b"\x1b[2mzenoh_link_tls::unicast\x1b[0m\x1b[2m:\x1b[0m "
)
HINT = b" Hint: increase the system open file limit.\n"


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.mark.parametrize(
    ("line", "logged"),
    [
        (BEGIN + b"peer sent no certificates." + HINT, "it showed no certificate"),
        (COLORED + b"peer sent no certificates." + HINT, "it showed no certificate"),
        (BEGIN + b"invalid peer certificate: UnknownIssuer." + HINT, "of another authority"),
        (BEGIN + b"invalid peer certificate: BadSignature." + HINT, "of another authority"),
        (BEGIN + b"invalid peer certificate: certificate expired." + HINT, "its certificate has expired"),
        (BEGIN + b"received fatal alert: UnknownCA." + HINT, "does not accept the certificate of this host"),
        (BEGIN + b"something new.\n", "it is not known why (something new.)"),
        (b"2026-01-31T08:10:22Z ERROR ThreadId(05) zenoh::net: it broke\n", "Zenoh: it broke"),
    ],
)  # fmt: skip
def test_a_refusal_is_told_in_words(line: bytes, logged: str) -> None:
    log: list[str] = []
    assert Refusals(log.append, Clock()).take(line)
    assert len(log) == 1
    assert logged in log[0]
    assert "file limit" not in log[0]


def test_other_lines_are_not_zenohs() -> None:
    log: list[str] = []
    assert not Refusals(log.append, Clock()).take(b"a report\n")
    assert log == []


def test_who_dials_again_and_again_is_told_once_in_a_while() -> None:
    log: list[str] = []
    clock = Clock()
    refusals = Refusals(log.append, clock)
    for _ in range(3):
        refusals.take(BEGIN + b"peer sent no certificates." + HINT)
    refusals.take(BEGIN + b"received corrupt message of type InvalidContentType." + HINT)
    assert len(log) == 2
    clock.now_s += AGAIN_S
    refusals.take(BEGIN + b"peer sent no certificates." + HINT)
    assert len(log) == 3


@pytest.mark.parametrize("broken", [False, True], ids=["a log", "a log that fails"])
def test_what_is_no_refusal_stays_on_stdout(broken: bool, capfd: pytest.CaptureFixture[str]) -> None:
    log: list[str] = []

    def write(line: str) -> None:
        log.append(line)
        if broken:
            raise ValueError("the log is closed")

    with refusals_in(write):
        for line in (b"a report\n", BEGIN + b"peer sent no certificates." + HINT, b"its end\n"):
            os.write(1, line)
    os.write(1, b"after it\n")
    assert capfd.readouterr().out == "a report\nits end\nafter it\n"
    assert len(log) == 1
