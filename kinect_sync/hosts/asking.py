"""What one host answers, or why it does not: whoever asks tells that in the same words."""

from __future__ import annotations

from collections.abc import Callable

from kinect_sync.findings import Finding
from kinect_sync.findings.hosts import HOST_VERSION
from kinect_sync.wire.hosts import (
    HOSTS_PROTOCOL,
    Answer,
    Describe,
    Description,
    Envelope,
    OtherVersion,
)
from kinect_sync.wire.lines import DirectorLine, Hear, HostSilent, Notice

Dial = Callable[[Hear, Notice], DirectorLine]
"""Opens the line to the hosts."""
Explain = Callable[[str], Finding]
"""Says why a host can't be reached."""


def answer_of(host: str, ask: Callable[[], Answer], explain: Explain) -> Answer | Finding:
    """Ask, and return the answer of a host, or why there is none."""
    try:
        return ask()
    except HostSilent:
        return explain(host)
    except OtherVersion as other:
        return other_version(host, other.protocol)


def describe(line: DirectorLine, host: str, explain: Explain, timeout_s: float) -> Description | Finding:
    """Let a host describe itself; or return why it does not, or can't be understood."""
    envelope = Envelope(request=Describe())
    said = answer_of(host, lambda: line.ask(host, envelope, timeout_s).answer, explain)
    if isinstance(said, Description) and said.protocol != HOSTS_PROTOCOL:
        return other_version(host, said.protocol)
    return said if isinstance(said, Description | Finding) else explain(host)


def other_version(host: str, protocol: int) -> Finding:
    """Say that a host's agent is of another version of ksync."""
    return HOST_VERSION.found(
        f"the agent of `{host}` speaks version {protocol} of the protocol, this ksync {HOSTS_PROTOCOL}"
    )
