"""The same residuals, brought to their least by `scipy.optimize.least_squares`, as others do it."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from kinect_sync.calibration.solving.adjustment import Adjustment, minimise
from kinect_sync.calibration.solving.corners import view_corners
from kinect_sync.calibration.solving.depth_planes import plane_distances
from kinect_sync.calibration.solving.solution import Fit, Solution
from kinect_sync.calibration.solving.solver import find_start
from kinect_sync.calibration.solving.state import Columns, State
from kinect_sync.calibration.solving.view_table import usable_views
from kinect_sync.geometry.poses import Numbers
from tests.calibration.walks import Walk


def time_least_squares(walk: Walk, solution: Solution) -> Iterator[str]:
    """Tell how long both take from the same start to the same end."""
    if importlib.util.find_spec("scipy") is None:
        yield "beside scipy.optimize.least_squares: not measured, SciPy is not installed"
        return
    fit = solution.fit
    _, started = find_start(walk.board, walk.devices, usable_views(walk.board, walk.devices, walk.views))
    if fit is None or started is None:
        raise RuntimeError("nothing was solved")
    start = started[2]
    begin = time.perf_counter()
    mine = minimise(fit.adjustment, start, 1e-9)
    mine_s = time.perf_counter() - begin
    begin = time.perf_counter()
    theirs, evaluations = _least_squares(fit.adjustment, start)
    theirs_s = time.perf_counter() - begin
    totals = fit.adjustment.total(mine), fit.adjustment.total(theirs)
    apart_mm = 1000 * np.abs(mine.lead_from_world.translation - theirs.lead_from_world.translation).max()
    times = theirs_s / mine_s
    yield f"the adjustment alone: {mine_s:.2f} s; least_squares {theirs_s:.2f} s: {times:.1f} × (goal 3)"
    yield f"  {evaluations} evaluations; ends {totals[0]:.2f} and {totals[1]:.2f}, {apart_mm:.3f} mm apart"


def _least_squares(adjustment: Adjustment, start: State) -> tuple[State, int]:
    """Minimise with differences for derivatives, whose sparsity is known, as multical and anipose do."""
    from scipy.optimize import least_squares

    residuals = _Residuals(Fit(adjustment, start, np.zeros((0, 0))))
    found = least_squares(
        residuals,
        np.zeros(residuals.unknowns),
        jac_sparsity=residuals.sparsity(),
        x_scale="jac",
        method="trf",
        ftol=1e-9,
    )
    return residuals.at(found.x), int(found.nfev)


@dataclass(frozen=True)
class _Residuals:
    """All residuals as a function of one vector: common unknowns that are free, then each board's six."""

    fit: Fit

    @property
    def unknowns(self) -> int:
        return int(self.fit.adjustment.free.sum()) + 6 * len(self.fit.adjustment.views.pulses)

    def at(self, vector: Numbers) -> State:
        free = self.fit.adjustment.free
        common = np.zeros(len(free))
        common[free] = vector[: free.sum()]
        return self.fit.state.moved(common, vector[free.sum() :].reshape(-1, 6))

    def __call__(self, vector: Numbers) -> Numbers:
        adjustment, state = self.fit.adjustment, self.at(vector)
        off = view_corners(adjustment.views, adjustment.rig, state).off_px[adjustment.kept]
        noise = np.broadcast_to(adjustment.noise.of_views(adjustment.views)[:, None], adjustment.kept.shape)
        planes = plane_distances(adjustment.patches, adjustment.rig, state)[adjustment.kept_cells]
        return np.concatenate(
            (
                (off / noise[adjustment.kept][:, None]).ravel(),
                planes / adjustment.noise.plane_m,
                adjustment.priors(state).residual,
            )
        )

    def sparsity(self) -> Any:
        from scipy.sparse import csr_matrix

        adjustment = self.fit.adjustment
        views, patches = adjustment.views, adjustment.patches
        columns = Columns(len(adjustment.rig))
        place = np.cumsum(adjustment.free) - 1
        boards = int(adjustment.free.sum())
        rows = []
        corner = np.repeat(adjustment.kept.sum(1) * 2, 1)
        for view, count in enumerate(corner):
            mine = [*columns.of_devices(views.device[view : view + 1])[0], columns.scale]
            rows += [self._row(mine, place, boards, int(views.board[view]))] * int(count)
        for patch, count in enumerate(adjustment.kept_cells.sum(1)):
            device = int(patches.device[patch])
            mine = [*columns.of_devices(np.array([device]))[0], columns.offsets.start + device]
            rows += [self._row(mine, place, boards, int(patches.board[patch]))] * int(count)
        rows += [self._row([column], place, boards, None) for column in self._prior_columns()]
        ends = np.cumsum([0, *(len(row) for row in rows)])
        flat = np.concatenate(rows)
        return csr_matrix((np.ones(len(flat)), flat, ends), shape=(len(rows), self.unknowns))

    def _row(self, common: list[int], place: Numbers, boards: int, board: int | None) -> Numbers:
        free = [place[column] for column in common if self.fit.adjustment.free[column]]
        own = [] if board is None else list(range(boards + 6 * board, boards + 6 * board + 6))
        return np.array([*free, *own], np.int64)

    def _prior_columns(self) -> list[int]:
        return self.fit.adjustment.priors(self.fit.state).columns.tolist()
