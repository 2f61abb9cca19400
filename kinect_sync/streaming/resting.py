"""How long whoever waits for a row rests from one look at the rings to the next.

A look at nine rings takes 3 µs, and to be woken for it 35: each millisecond that is 4 % of a core. So nobody
looks while nothing can come yet. On Windows before Python 3.11 each rest ends with a tick of 15.6 ms, as
`time.sleep` asks for no finer timer there: rows are given that much later, and none is missed for it.
"""

from __future__ import annotations

REST_S = 0.001
"""While a capture may come at any moment: it makes a row half of this older."""
LONGEST_S = 0.02
"""In the pause between captures, as one may be told of an end meanwhile."""
SILENT_REST_S = 0.005
"""While nothing comes at all."""
_PAUSE = 0.7
"""Of a period after the last capture of a row, in which the first of the next one does not come."""
_SILENT = 2.0
"""Periods after which a rig is silent."""


def rest_s(since_s: float, period_s: float) -> float:
    """Return how long to rest, `since_s` after the newest capture, where none waits for its row."""
    if since_s < _PAUSE * period_s:
        return max(REST_S, min(_PAUSE * period_s - since_s, LONGEST_S))
    return REST_S if since_s < _SILENT * period_s else SILENT_REST_S
