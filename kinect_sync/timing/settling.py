"""How long a camera that was just started is left alone before its captures count.

A manual exposure takes about eight captures to be what was set (SDK issue 396). Timestamps are centres of
exposure, so that they move by hundreds of µs meanwhile: five such captures among 300 are *out of sync*.
"""

from __future__ import annotations

SETTLING_PULSES = 10
"""Before a take: as many as the SDK's own test of several devices skips."""
_PROVING_S = {30: 2.0, 15: 3.0, 5: 4.0}
"""Before a verification, by frame rate: as long as in the SDK's own performance tests, as what is measured
there is the camera, and not its start."""


def proving_pulses(fps: int) -> int:
    """Return the pulses of which captures are let go before a rig is verified."""
    return round(_PROVING_S[fps] * fps)
