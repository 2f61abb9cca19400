"""How long ago something was written last: by what was seen to change, and by the times of files."""

from __future__ import annotations

from kinect_sync.viewer.surroundings import Surroundings


class Quiet:
    """One file, or some that count as one."""

    def __init__(self, surroundings: Surroundings) -> None:
        """Begin without having seen it."""
        self._surroundings = surroundings
        self._seen: object = None
        self._changed_s = self._looked_s = 0.0

    def age_s(self, state: object, changed_utc_ns: int) -> float:
        """Return how long ago it came to be as it is: `state` is whatever tells that it was changed.

        At the first look the time of the file says it. After that it is what was seen: a share's clock may
        be another one, and a system may write that time down late.
        """
        now_s = self._surroundings.now_s()
        by_file_s = max(0.0, (self._surroundings.utc_ns() - changed_utc_ns) / 1e9)
        if self._seen is None:
            self._changed_s = now_s - by_file_s
        elif state != self._seen:
            self._changed_s = now_s - min(by_file_s, now_s - self._looked_s)
        self._seen, self._looked_s = state, now_s
        return max(0.0, now_s - self._changed_s)
