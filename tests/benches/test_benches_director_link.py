"""A program starts a director, and hears what becomes of it, whatever that is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kinect_sync.benches import director_link
from kinect_sync.benches.directing import StreamOrder
from kinect_sync.benches.director_link import DirectorLink, Gone
from kinect_sync.benches.reading import Reading
from kinect_sync.benches.streaming import Stream
from kinect_sync.benches.wanted import Simulated
from kinect_sync.director.take import TakePlan
from kinect_sync.errors import BenchError
from kinect_sync.findings.streaming import DIRECTOR_DIED, DIRECTOR_NOT_STARTED
from kinect_sync.wire.direction import Finish, Refused
from tests.director.scripted import chain

PATIENCE_S = 60.0
ORDER = StreamOrder(
    plan=TakePlan(rig=chain(2), directory=Path()), bench=Simulated(), keeps=False, ring=12, studio=Path()
)
ANSWERING = """
import sys
order = sys.stdin.readline()
assert '"program":' in order
print('{"kind": "refused", "error": "bench", "findings": []}', flush=True)
print('{"kind": "over", "rep', end="", flush=True)
assert sys.stdin.read() == '{"kind":"finish"}\\n{"kind":"leave"}\\n'
"""


Launched = Callable[[str], Callable[[StreamOrder], DirectorLink]]


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Launched]:
    """Programs in the place of a director; what is left of them at the end is ended."""
    monkeypatch.setattr(director_link, "LEAVE_S", PATIENCE_S)
    links: list[DirectorLink] = []

    def launch(order: StreamOrder, program: str) -> DirectorLink:
        links.append(DirectorLink(order, [sys.executable, "-c", program]))
        return links[-1]

    yield lambda program: lambda order: launch(order, program)
    for link in links:
        link.kill()
        link.leave()
        link.join()


def test_it_is_told_what_is_wanted_and_half_a_line_is_nothing(launched: Launched) -> None:
    link = launched(ANSWERING)(ORDER)
    heard = link.hear(PATIENCE_S)
    assert isinstance(heard, Refused)
    assert heard.error == "bench"
    assert link.hear() is None
    link.ask(Finish())
    link.leave()
    assert link.join()
    assert link.hear(PATIENCE_S) == Gone(code=0, last_words="")
    link.ask(Finish())  # nobody is there any more, and that is no error


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends the process alone")
def test_a_director_that_hangs_is_ended_with_what_it_started_in_its_place(launched: Launched) -> None:
    """Its helper holds its stdout: as long as that is there, nobody can tell that all is over."""
    helper = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])"
    link = launched(helper)(ORDER)
    assert link.hear() is None
    link.leave()
    link.kill()
    assert link.join()
    heard = link.hear(PATIENCE_S)
    assert isinstance(heard, Gone)
    link.kill()  # nobody is there any more


def test_a_director_that_dies_at_the_start_is_told_with_its_last_words(launched: Launched) -> None:
    stream = Stream(lambda: ORDER, Reading(), launched("import sys; sys.exit('no such thing')"))
    with pytest.raises(BenchError) as died, stream:
        pass
    (finding,) = died.value.findings
    assert finding.kind is DIRECTOR_DIED
    assert finding.what.endswith("(exit status 1); its last words: no such thing")


def test_a_system_that_starts_no_process_is_told(tmp_path: Path) -> None:
    with pytest.raises(BenchError) as refused:
        DirectorLink(ORDER, [str(tmp_path / "none")])
    assert refused.value.findings[0].kind is DIRECTOR_NOT_STARTED
