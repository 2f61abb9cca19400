"""What a plan of offsets costs as devices grow, alone and with the start of the program.

Run: python benchmarks/planning.py [--repeat N] [--json]

Each row is the best of N runs in this process, in milliseconds, for both spacings; `mixed` alternates the
two pulse pitches at 15 fps, the others are NFOV at 30 fps. The last rows run the command itself for ten
devices in mixed modes, beside a bare interpreter and `ksync --version`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from kinect_sync.rig.model import RigFields
from kinect_sync.rig.modes import DepthMode
from kinect_sync.timing.lasers.plan import DoesNotFit, PlanRequest, Spacing, Strategy, plan_offsets

NFOV, WFOV = DepthMode.NFOV_UNBINNED, DepthMode.WFOV_UNBINNED
COUNTS = (2, 3, 5, 8, 10, 15, 20)


def rig_text(modes: list[DepthMode], fps: int) -> str:
    """Write a rig file with these depth modes in a chain."""
    devices = [
        {"name": f"d{number}", "serial": f"{number + 1:012}", "depth_mode": mode,
         "role": "subordinate" if number else "master"}
        for number, mode in enumerate(modes)
    ]  # fmt: skip
    return json.dumps({"name": "rig", "topology": "daisy_chain", "camera": {"fps": fps}, "devices": devices})


def best_ms(work: Callable[[], object], repeat: int) -> float:
    """Return the shortest time of a few runs."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return round(min(times) * 1000, 2)


def plan_or_refuse(rig: RigFields, request: PlanRequest) -> None:
    """Plan; to find out that there is no plan is work too (many devices in mixed modes do not stagger)."""
    with contextlib.suppress(DoesNotFit):
        plan_offsets(rig, request)


def measure_plans(repeat: int) -> list[dict[str, object]]:
    """Time plans in this process."""
    rows: list[dict[str, object]] = []
    for count in COUNTS:
        for kind, modes, fps in (
            ("nfov", [NFOV] * count, 30),
            ("mixed", [(NFOV, WFOV)[number % 2] for number in range(count)], 15),
        ):
            rig = RigFields.model_validate_json(rig_text(modes, fps))
            row: dict[str, object] = {"devices": count, "kind": kind}
            for strategy, spacing in (
                (Strategy.INTERLEAVE, Spacing.RECOMMENDED),
                (Strategy.INTERLEAVE, Spacing.EVEN),
                (Strategy.STAGGER, Spacing.RECOMMENDED),
            ):
                request = PlanRequest(strategy=strategy, spacing=spacing)
                name = f"{strategy}_{spacing}_ms"
                row[name] = best_ms(lambda: plan_or_refuse(rig, request), repeat)  # noqa: B023
            rows.append(row)
    return rows


def measure_program(repeat: int) -> dict[str, float]:
    """Time whole processes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rig.yaml"
        path.write_text(rig_text([NFOV, WFOV] * 5, 15), encoding="utf-8")
        ksync = [sys.executable, "-m", "kinect_sync"]
        commands = {
            "bare_interpreter_ms": [sys.executable, "-c", ""],
            "ksync_version_ms": [*ksync, "--version"],
            "ten_mixed_recommended_ms": [*ksync, "plan-offsets", str(path)],
            "ten_mixed_even_ms": [*ksync, "plan-offsets", str(path), "--spacing", "even"],
        }
        return {
            name: best_ms(lambda: subprocess.run(command, check=True, capture_output=True), repeat)  # noqa: B023
            for name, command in commands.items()
        }


def main() -> None:
    """Print both tables, or one JSON object."""
    parser = argparse.ArgumentParser(description="What a plan of offsets costs.")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    plans, program = measure_plans(options.repeat), measure_program(options.repeat)
    if options.json:
        print(json.dumps({"plans": plans, "program": program}, indent=2))
        return
    print(f"{'devices':>7} {'kind':>6} {'recommended ms':>15} {'even ms':>9} {'stagger ms':>11}")
    for row in plans:
        recommended, even, stagger = list(row.values())[2:]
        print(f"{row['devices']:>7} {row['kind']:>6} {recommended:>15} {even:>9} {stagger:>11}")
    print()
    for name, value in program.items():
        print(f"{name:<26} {value:>8}")


if __name__ == "__main__":
    main()
