"""Small problems exactly: as an integer programme for HiGHS, through scipy.

Its effort is limited in nodes, never in seconds, so that a slower machine finds the same list.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import coo_array, csr_array, hstack, vstack

from serving.selection.problem import Chosen, Numbers, Places, Problem, nothing

MOST_NODES: Final = 2_000
CORE_NODES: Final = 20
PENALTY: Final = 10.0
"""What a missed unit of a minimum costs in prices, in best contacts: more than any swap can gain."""


@dataclass(frozen=True)
class Found:
    """A list, and what no list is worth more than (None: not known to be feasible)."""

    chosen: Chosen
    bound: float


@dataclass(frozen=True)
class _Programme:
    """maximise worth @ x such that matrix @ x <= right; x are cells, then what each minimum is missed by.

    Rows: the customers' own first, then every limit, then every minimum. `actions`, `channels`, `customers`
    (cells,) say what each cell is; `floors` are the rows of the problem that have a minimum.
    """

    problem: Problem
    actions: Places
    channels: Places
    customers: Places
    worth: Numbers
    matrix: Any
    right: Numbers
    floors: Places

    @property
    def cells(self) -> int:
        return len(self.actions)


def cells_of(problem: Problem) -> int:
    """How many contacts may be chosen from."""
    return int(np.count_nonzero(problem.expected > -np.inf))


def solve(problem: Problem, gap: float = 0.0) -> Found | None:
    """The best list that misses the minima by as little as can be; None if HiGHS found none in its nodes.

    `gap`: the share of the value at which it may stop.
    """
    programme = _programme(problem)
    if not programme.cells:
        return Found(nothing(problem), 0.0)
    missing = len(programme.floors)
    found = _milp(programme, programme.worth, np.zeros(missing), gap)
    if found is None and missing:
        least = _milp(programme, np.zeros(programme.cells), programme.right[-missing:] * -1, 0.0, shortage=1)
        if least is None:
            return None
        found = _milp(
            programme, programme.worth, np.full(missing, np.inf), gap, most=_missed(programme, least)
        )
    return None if found is None else Found(_list(programme, found), -found.mip_dual_bound)


def improve(problem: Problem, gap: float) -> Chosen | None:
    """As `solve`, in one go: what misses a minimum pays `PENALTY` best contacts a unit."""
    programme = _programme(problem)
    if not programme.cells:
        return None
    penalty = PENALTY * float(programme.worth.max())
    missing = np.full(len(programme.floors), np.inf)
    found = _milp(programme, programme.worth, missing, gap, shortage=penalty, nodes=CORE_NODES)
    return None if found is None else _list(programme, found)


def relaxed_prices(problem: Problem) -> Numbers:
    """The dual prices of every row, with contacts divisible: shape (rows,), below 0 where a minimum binds."""
    programme = _programme(problem)
    rows = len(problem.upper)
    if not programme.cells:
        return np.zeros(rows)
    penalty = PENALTY * float(programme.worth.max())
    found = linprog(
        np.concatenate([-programme.worth, np.full(len(programme.floors), penalty)]),
        A_ub=programme.matrix,
        b_ub=programme.right,
        bounds=(0, None),
        method="highs",
    )
    if found.status != 0:
        return np.zeros(rows)
    marginal = -np.asarray(found.ineqlin.marginals)[len(programme.right) - rows - len(programme.floors) :]
    prices = marginal[:rows].copy()
    prices[programme.floors] -= marginal[rows:]
    return prices


def least_shortage(problem: Problem) -> float:
    """How much all minima together are missed by at least, with contacts divisible."""
    programme = _programme(problem)
    found = linprog(
        np.concatenate([np.zeros(programme.cells), np.ones(len(programme.floors))]),
        A_ub=programme.matrix,
        b_ub=programme.right,
        bounds=(0, None),
        method="highs",
    )
    return float(found.fun) if found.status == 0 else 0.0


def _programme(problem: Problem) -> _Programme:
    # In the order of ties, so that HiGHS meets the same problem whatever order the customers came in.
    order = np.argsort(problem.ties, kind="stable")
    place, actions, channels = np.nonzero(np.moveaxis(problem.expected[:, :, order], 2, 0) > -np.inf)
    customers = order[place]
    floors = np.flatnonzero(problem.lower > 0)
    own, ones = _customer_rows(problem, customers, actions)
    limits = _limit_rows(problem, customers, actions, channels)
    missed = coo_array((-np.ones(len(floors)), (np.arange(len(floors)),) * 2), (len(floors), len(floors)))
    width = len(floors)
    matrix = vstack(
        [
            hstack([own, csr_array((own.shape[0], width))]),
            hstack([limits, csr_array((limits.shape[0], width))]),
            hstack([-limits[floors], missed]),
        ]
    )
    right = np.concatenate([ones, problem.upper, -problem.lower[floors]])
    worth = problem.expected[actions, channels, customers]
    return _Programme(problem, actions, channels, customers, worth, matrix.tocsr(), right, floors)


def _customer_rows(problem: Problem, customers: Places, actions: Places) -> tuple[Any, Numbers]:
    """So many actions a customer, one channel an action, and no excluded pair."""
    cells = np.arange(len(customers))
    rows = [_rows(customers, cells, len(cells))]
    if problem.most > 1:
        rows.append(_rows(customers * len(problem.expected) + actions, cells, len(cells)))
        for pair in problem.exclusions:
            of_pair = cells[np.isin(actions, pair)]
            rows.append(_rows(customers[of_pair], of_pair, len(cells)))
    right = [np.full(rows[0].shape[0], float(problem.most))] + [np.ones(one.shape[0]) for one in rows[1:]]
    return vstack(rows).tocsr(), np.concatenate(right)


def _rows(keys: Places, cells: Places, width: int) -> Any:
    """One row for each distinct key, with a 1 in its cells."""
    distinct, row = np.unique(keys, return_inverse=True)
    return coo_array((np.ones(len(cells)), (row, cells)), (len(distinct), width))


def _limit_rows(problem: Problem, customers: Places, actions: Places, channels: Places) -> Any:
    usage = csr_array(problem.usage[:, actions, channels])
    if problem.books is None:
        return usage
    cells = np.flatnonzero(channels == problem.books.channel)
    owner = problem.books.owner[customers[cells]]
    own = coo_array((np.ones(len(cells)), (owner, cells)), (problem.managers, len(actions)))
    return vstack([usage, own]).tocsr()


def _milp(
    programme: _Programme,
    worth: Numbers,
    missing: Numbers,
    gap: float,
    *,
    shortage: float = 0.0,
    most: float | None = None,
    nodes: int = MOST_NODES,
) -> Any:
    """HiGHS's answer, None without a list. `missing`: the most each minimum is missed by; `most`: all."""
    cells, floors = programme.cells, len(programme.floors)
    constraints = [LinearConstraint(programme.matrix, ub=programme.right)]
    if most is not None:
        whole = np.concatenate([np.zeros(cells), np.ones(floors)])[np.newaxis]
        constraints.append(LinearConstraint(whole, ub=most * (1 + 1e-9) + 1e-9))
    with _kept_off_the_answer():
        found = milp(
            np.concatenate([-worth, np.full(floors, shortage)]),
            constraints=constraints,
            integrality=np.concatenate([np.ones(cells), np.zeros(floors)]),
            bounds=Bounds(0, np.concatenate([np.ones(cells), missing])),
            options={"mip_rel_gap": gap, "node_limit": nodes},
        )
    return None if found.x is None else found


@contextmanager
def _kept_off_the_answer() -> Iterator[None]:
    """Now and then HiGHS 1.12 prints where in its code it is, whatever it is told.

    Who reads this process's JSON must not meet that.
    """
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def _missed(programme: _Programme, found: Any) -> float:
    return float(found.x[programme.cells :].sum())


def _list(programme: _Programme, found: Any) -> Chosen:
    chosen = nothing(programme.problem)
    taken: NDArray[np.intp] = np.flatnonzero(found.x[: programme.cells] > 0.5)
    chosen[programme.actions[taken], programme.customers[taken]] = programme.channels[taken]
    return chosen
