"""What an agent lends: the devices of its host, or simulated ones; never what its caller makes up."""

from __future__ import annotations

from pydantic import TypeAdapter

from kinect_sync.benches.choice import BenchChoice, Kinects, Simulation
from kinect_sync.errors import UsageError
from kinect_sync.findings.hosts import BENCH_NOT_LENT, SIMULATION_OUT_OF_REACH

_BENCHES: TypeAdapter[BenchChoice] = TypeAdapter(BenchChoice)


def lent_bench(text: str, *, simulates: bool) -> BenchChoice:
    """Return the bench that a director asks for; UsageError where this agent does not lend it."""
    try:
        bench = _BENCHES.validate_json(text)
    except ValueError:
        raise UsageError(BENCH_NOT_LENT.found("it is asked for a bench that it does not know")) from None
    if simulates and isinstance(bench, Simulation):
        return _reachable(bench)
    if simulates or not isinstance(bench, Kinects):
        lends = "simulated devices" if simulates else "the devices that are connected"
        raise UsageError(BENCH_NOT_LENT.found(f"this agent lends {lends}, and was asked for others"))
    return bench


def _reachable(bench: Simulation) -> Simulation:
    folder = bench.world.directory
    if not folder.is_dir():
        raise UsageError(SIMULATION_OUT_OF_REACH.found(f"there is no folder {folder} for the cables here"))
    return bench
