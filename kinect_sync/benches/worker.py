"""The process of one device: `python -m kinect_sync.benches.worker ASSIGNMENT`, started by `ksync start`.

Its stdin and stdout belong to the director. Native libraries print to stdout as they like, so that
stream is moved out of their reach first. One that an agent starts lodges instead: it outlives the agent.
"""

from __future__ import annotations

import os
import signal
import sys

from kinect_sync.benches.claimed_stdout import claim_stdout
from kinect_sync.benches.launching import Assignment, read_assignment
from kinect_sync.benches.opening import open_bench
from kinect_sync.benches.published_folder import lodged_folder
from kinect_sync.wire.lodging import Place
from kinect_sync.worker.lodging import Lodging, ending_with_rest
from kinect_sync.worker.serving import serve
from kinect_sync.worker.site import Site


def main() -> None:
    """Serve the director as the argument says: on stdin and stdout, or from a lodging."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    assignment = read_assignment(sys.argv[1])
    if assignment.lodging is not None:
        _lodge(assignment, assignment.lodging)
        return
    commands, events = os.fdopen(os.dup(0), "rb"), claim_stdout()
    if (
        sys.platform != "win32"
    ):  # nobody waits for a director that does not listen: lines without room are lost
        os.set_blocking(1, False)
    site = Site(assignment.takes, published=assignment.published)
    serve(lambda: open_bench(assignment.bench), commands, events, site, talk=sys.stderr)


def _lodge(assignment: Assignment, place: Place) -> None:
    """Serve whichever director commands the agent; whatever is printed goes where the agent looks.

    The computer that is shut down tells its processes to end: that is no reason for half a file.
    """
    sys.stdout = sys.stderr
    lodging = Lodging(place)
    signal.signal(signal.SIGTERM, lambda *_: lodging.leave())
    lodging.open()
    try:
        with lodged_folder(place) as rings:
            serve(
                lambda: open_bench(assignment.bench),
                lodging,
                lodging,
                Site(assignment.takes, published=rings),
                ending_with_rest(lodging, os._exit),
                talk=sys.stderr,
            )
    finally:  # also after a defect: what nobody has heard yet is all that is known of the recording
        lodging.close()


if __name__ == "__main__":
    main()
