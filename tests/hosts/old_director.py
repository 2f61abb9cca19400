"""A director that others have commanded after: `python -m tests.hosts.old_director STUDIO HOST`.

It says what a host answers when it wants to lead it with the least epoch that there is.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from kinect_sync.network.lines import director_line
from kinect_sync.studio.folders import read_studio
from kinect_sync.wire.hosts import Answer, Envelope, Lead, Lease, Refused
from kinect_sync.wire.lines import DirectorLine
from tests.agent.real import until_heard
from tests.cli.commands import PATIENCE_S

OLD = Lease(director="old", run="of old", epoch=1)


def answer_to_old(line: DirectorLine, host: str) -> str:
    """Say what a host answers: why it refuses, or else the kind of the answer."""
    answer: Answer = until_heard(lambda: line.ask(host, Envelope(lease=OLD, request=Lead()))).answer
    if isinstance(answer, Refused):
        return ", ".join(finding.code for finding in answer.findings)
    return answer.kind


def main() -> None:
    folder, host = read_studio(Path(sys.argv[1])), sys.argv[2]
    there = threading.Event()
    hosts = {host: folder.studio.hosts[host]}
    line = director_line(folder, hosts, lambda *_: None, lambda *_: there.set())
    there.wait(PATIENCE_S)
    sys.stdout.write(f"{answer_to_old(line, host)}\n")
    line.close()


if __name__ == "__main__":
    main()
