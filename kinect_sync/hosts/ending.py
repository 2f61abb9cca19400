"""Ends what hosts record of a take, also of one whose director is gone: whoever has the studio may.

Workers close their files as at the end of any take. A take that somebody still directs is ended only where
that is wanted, and the agents see to it: between a question and its answer a director may come back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from kinect_sync.at_once import at_once
from kinect_sync.findings import Finding
from kinect_sync.findings.hosts import TAKE_NOT_RECORDED, TAKE_STILL_ENDS
from kinect_sync.hosts.roll_call import Roll
from kinect_sync.steady import steady_s
from kinect_sync.values import Value
from kinect_sync.verdicts import UNANSWERED, Report, Verdict, Words, verdict_of
from kinect_sync.wire.hosts import Description, Done, EndTake, Refused, RunningTake

CLOSE_S = 30.0
"""What closing files may take: queues of seconds are written before."""
LOOK_S = 0.1
"""From one look at what still records to the next."""

Rest = Callable[[float], None]
"""Lets so many seconds pass; Interrupted where nobody waits any more."""


class EndedHost(Value):
    """What became of a take on one host that recorded it."""

    host: str
    """Name of the host."""
    state: Literal["ended", "ending", "not_ended"]
    """`ending`: it was told to, and its files were not closed when last looked."""
    devices: tuple[str, ...]
    """The devices that recorded there."""
    captures: int
    """Captures in its files when last looked."""
    orphaned_s: float | None
    """For how long no director had been there; null where one was."""


class EndedTake(Report):
    """What `ksync hosts end --json` prints."""

    report: Literal["ended_take"] = "ended_take"
    format: Literal[1] = 1
    verdict: Annotated[Verdict, Words(Verdict.GOOD, Verdict.BAD, *UNANSWERED)]
    """`good`: it was ended wherever it was recorded; `bad`: it is recorded nowhere; `failed`: a host does not
    answer, which may record it."""
    take: str | None = None
    """Name of the take."""
    hosts: tuple[EndedHost, ...] = ()
    """The hosts that recorded it."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where a take is recorded."""

    take: str
    parts: Mapping[str, RunningTake]
    """By host, what it records of it."""
    director: str | None
    """Who directs it; None where nobody does."""
    problems: tuple[Finding, ...]
    """Of hosts that do not answer, and may record it too."""


def find_take(roll: Roll, hosts: Sequence[str], take: str) -> Recorded:
    """Ask all hosts at once whether they record a take."""
    found = at_once(hosts, roll.describe)
    parts = {host: part for host, each in found.items() if (part := _part(each, take)) is not None}
    directors = [
        each.lease.director
        for host, each in found.items()
        if isinstance(each, Description) and each.lease and host in parts and parts[host].orphaned_s is None
    ]
    problems = tuple(each for each in found.values() if isinstance(each, Finding))
    return Recorded(take, parts, next(iter(directors), None), problems)


def end_take(roll: Roll, recorded: Recorded, *, by: str, running: bool, rest: Rest) -> EndedTake:
    """End a take on all hosts that record it, and wait until its files are closed.

    `by` says for people who ends it; `running`, whether also where somebody directs it.
    """
    if not recorded.parts:
        what = f"no host that answers records {recorded.take}"
        return _report(recorded, (), (TAKE_NOT_RECORDED.found(what),))
    request = EndTake(take=recorded.take, running=running, by=by)
    parts = recorded.parts
    ends = at_once(parts, lambda host: _end(roll, request, rest, host, parts[host])).values()
    findings = tuple(finding for _, found in ends for finding in found)
    return _report(recorded, tuple(host for host, _ in ends), findings)


def _part(described: Description | Finding, take: str) -> RunningTake | None:
    if isinstance(described, Finding):
        return None
    return next((each for each in described.takes if each.take == take), None)


def _end(
    roll: Roll, request: EndTake, rest: Rest, host: str, part: RunningTake
) -> tuple[EndedHost, tuple[Finding, ...]]:
    """End a take on one host; return what became of it, and what there is to say of that."""
    untouched = _untouched(host, part)
    answer = roll.ask(host, request)
    if isinstance(answer, Done):
        return _await_end(roll, request.take, rest, untouched)
    if isinstance(answer, Refused):
        return untouched, answer.findings
    return untouched, (answer if isinstance(answer, Finding) else roll.explained(host),)


def _await_end(roll: Roll, take: str, rest: Rest, ended: EndedHost) -> tuple[EndedHost, tuple[Finding, ...]]:
    until_s = steady_s() + CLOSE_S
    while steady_s() < until_s:
        looked = roll.describe(ended.host)
        if isinstance(looked, Finding):
            return ended.model_copy(update={"state": "ending"}), (looked,)
        part = _part(looked, take)
        if part is None:
            return ended.model_copy(update={"state": "ended"}), ()
        ended = ended.model_copy(update={"captures": part.captures})
        rest(LOOK_S)
    what = f"{take} was told to end on `{ended.host}`, and its files are not closed yet"
    return ended.model_copy(update={"state": "ending"}), (TAKE_STILL_ENDS.found(what),)


def _untouched(host: str, part: RunningTake) -> EndedHost:
    return EndedHost(
        host=host,
        state="not_ended",
        devices=part.devices,
        captures=part.captures,
        orphaned_s=part.orphaned_s,
    )


def _report(recorded: Recorded, hosts: tuple[EndedHost, ...], findings: tuple[Finding, ...]) -> EndedTake:
    found = (*findings, *recorded.problems)
    return EndedTake(verdict=verdict_of(found), findings=found, take=recorded.take, hosts=hosts)
