"""How lines over the network are opened; Zenoh is loaded when the first one is, and not before."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping

from kinect_sync.network.credentials import tls_context
from kinect_sync.studio.address import Address
from kinect_sync.studio.extra import require_hosts_extra
from kinect_sync.studio.folders import AgentFolder, StudioFolder
from kinect_sync.wire.lines import AgentLine, AnswerTo, DirectorLine, Hear, Notice


def director_line(
    studio: StudioFolder, hosts: Mapping[str, Address], hear: Hear, notice: Notice, *, again: bool = True
) -> DirectorLine:
    """Open a director's line to these hosts; it returns before any of them is there.

    A host that is not there is dialled `again` until it is, unless somebody only wants to know.
    `notice` may say of a host twice that it is there: then its agent is another one than before. UsageError
    where the director's certificate can't be used, or what it needs is not installed.
    """
    require_hosts_extra()
    from kinect_sync.network.director_line import ZenohDirectorLine

    tls_context(studio.credentials)
    return ZenohDirectorLine(studio, hosts, hear, notice, again=again)


def agent_line(agent: AgentFolder, answer: AnswerTo, log: Callable[[str], None] | None = None) -> AgentLine:
    """Open an agent's line: from now on it is there.

    `answer` is called on a thread of the line in the order of the requests, but for `ReadClock`, which may
    come meanwhile on another one. `log` takes a line of text for whoever looks after the host: who is
    connected, and who sends what is no request. BenchError where it can't listen; UsageError where the
    host's certificate can't be used, or what it needs is not installed.
    """
    require_hosts_extra()
    from kinect_sync.network.agent_line import ZenohAgentLine

    tls_context(agent.credentials, ssl.PROTOCOL_TLS_SERVER)
    return ZenohAgentLine(agent, answer, log or (lambda _: None))
