"""An agent from its start to its end."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from kinect_sync.agent.agent import Agent, Lender, Say
from kinect_sync.agent.state_folder import StateFolder
from kinect_sync.agent.telling import Telling
from kinect_sync.network.lines import agent_line
from kinect_sync.network.refusals import refusals_in
from kinect_sync.studio.extra import require_hosts_extra
from kinect_sync.studio.folders import AgentFolder, read_agent
from kinect_sync.worker.site import Site

TICK_S = 0.1
ORPHAN_LIMIT_S = 600.0
"""For how long a device records without its director, unless somebody says otherwise."""


@dataclass(frozen=True, slots=True)
class AgentPlan:
    """What an agent is to do."""

    folder: Path
    """The host's folder, that `ksync hosts add` made."""
    takes: Path
    """The folder that takes are put into."""
    orphan_limit_s: float = ORPHAN_LIMIT_S
    simulates: bool = False


def run_agent(plan: AgentPlan, stopping: Callable[[], bool], say: Say) -> None:
    """Answer the directors of the studio until `stopping` says so; whoever records goes on.

    KsyncError where the folder can't be used, another agent uses it, or nobody can listen.
    """
    require_hosts_extra()
    folder = read_agent(plan.folder)
    with closing(StateFolder(folder.path / "state")) as state:
        telling = Telling()
        agent = Agent(_lender(plan, folder, say), state, telling.put, say)
        with refusals_in(say), closing(agent_line(folder, agent.answer, say)) as line:
            telling.begin(line)
            say(_introduction(plan, folder))
            while not stopping():
                agent.tick()
                time.sleep(TICK_S)
        _take_leave(agent, say)


def _lender(plan: AgentPlan, folder: AgentFolder, say: Say) -> Lender:
    from kinect_sync.studio.certificates import valid_until
    from kinect_sync.studio.expiry import host_expiry

    until = valid_until(folder.credentials.certificate).date()
    for finding in host_expiry(folder.card.host, until, datetime.now(timezone.utc)):
        say(str(finding))
    return Lender(
        name=folder.card.host,
        site=Site(plan.takes.absolute()),
        simulates=plan.simulates,
        orphan_limit_s=plan.orphan_limit_s,
        certificate_until=until,
    )


def _introduction(plan: AgentPlan, folder: AgentFolder) -> str:
    lends = "simulated devices" if plan.simulates else "the connected devices"
    return (
        f"{folder.card.host} of {folder.card.studio} lends {lends} at {folder.address}; takes go to "
        f"{plan.takes.absolute()}"
    )


def _take_leave(agent: Agent, say: Say) -> None:
    """Say what goes on without the agent, and how to end it."""
    for take, processes in agent.takes_left:
        numbers = " ".join(map(str, processes))
        end = "" if sys.platform == "win32" else f"; to end it now: kill {numbers}"
        say(f"{take} is recorded on; start the agent again to see to it{end}")
