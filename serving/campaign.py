"""A campaign from end to end: score, decide, select within the limits, say why, write."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.layout import DECISION, Layout, load_layout
from features.progress import Progress
from features.spec import BankSpec
from serving.campaign_files import check_folder, write_campaign
from serving.campaign_list import Rows, Told, list_table, rows_of
from serving.campaign_pool import Pool, pooled, together
from serving.campaign_reasons import told_rows
from serving.campaign_result import CampaignResult
from serving.campaign_summary import Occasion, Outcome, summarise
from serving.decision.compiled import CompiledPolicy
from serving.decision.decide import decide
from serving.decision.reasons import Narrator
from serving.decision_table import decision_table
from serving.models import ALL_THREADS, ScoringModel
from serving.online import customer_schema
from serving.policy_file import compile_for, load_policy
from serving.report import write_report
from serving.scores import champions, population, require_built
from serving.selection import select
from serving.selection_prices import choices_at
from serving.wording_file import load_wording

if TYPE_CHECKING:
    from features.store import Store

CHUNK_ROWS = 50_000
EXPLAINED_ROWS = 20_000


@dataclass(frozen=True)
class Opened:
    """A bank ready for a campaign."""

    spec: BankSpec
    layout: Layout
    store: "Store"
    models: tuple[ScoringModel, ...]
    policy: CompiledPolicy
    narrator: Narrator

    def features(self, customers: pa.Table, rows: int) -> Iterator[pa.Table]:
        """Features of customers (customer_id, snapshot_date), at most so many rows at a time."""
        return self.store.historical_batches(self.store.service_name(DECISION), customers, rows)


def run_campaign(
    spec: BankSpec, snapshot: date, out: Path, progress: Progress, *, today: date | None = None
) -> CampaignResult:
    """Choose the best action per customer known at `snapshot`, and write the campaign into folder `out`.

    `today` (default: the snapshot) decides which levers still have effect and the holdout's period. A
    campaign that is there already is replaced whole.

    Raises BadInputError for a snapshot that is not built, a bank without a champion, a faulty policy, or a
    folder that holds something else.
    """
    check_folder(out)
    bank = _open(spec, snapshot)
    people = population(spec, bank.layout, snapshot)
    result = campaign_of(bank, people, Occasion(snapshot, today or snapshot), progress)
    names = {action.id: (action.name_en, action.name_zh) for action in bank.policy.actions}
    page = partial(write_report, campaign=result, names=names)
    write_campaign(out, result, bank.layout.fingerprint, page)
    progress("write", 1, 1)
    return result


def campaign_of(bank: Opened, people: pa.Table, occasion: Occasion, progress: Progress) -> CampaignResult:
    """The campaign for `people` (customer_id, snapshot_date); nothing is written."""
    pool = together(list(_decided(bank, people, occasion.today, progress)))
    progress("select", 0, 1)
    problem = pool.contact_problem()
    selection = select(problem)
    control, _ = choices_at(pool.control_problem(), selection.prices)
    progress("select", 1, 1)
    contacts, held_out = rows_of(pool, selection.chosen), rows_of(pool, control)
    told = _told(bank, people, pool, (contacts, held_out), progress)
    first = len(contacts.customers)
    outcome = Outcome(
        problem,
        selection,
        list_table(pool, contacts, told[:first], "treatment"),
        list_table(pool, held_out, told[first:], "control"),
    )
    summary = summarise(bank.spec, occasion, bank.models, pool, outcome)
    return CampaignResult(summary, outcome.contacts, outcome.held_out)


def _open(spec: BankSpec, snapshot: date) -> Opened:
    layout = load_layout(spec)
    require_built(layout.snapshots, snapshot)
    models = champions(spec, layout)
    policy = compile_for(spec, load_policy(spec), customer_schema(layout, models))
    from features.store import open_store  # takes seconds: after all that may be refused

    narrator = Narrator(load_wording(), spec.products)
    return Opened(spec, layout, open_store(spec, layout), models, policy, narrator)


def _decided(bank: Opened, people: pa.Table, today: date, progress: Progress) -> Iterator[Pool]:
    done = 0
    progress("decide", done, people.num_rows)
    for features in bank.features(people, CHUNK_ROWS):
        customers = decision_table(features, bank.models, ALL_THREADS)
        yield pooled(decide(customers, bank.policy, today))
        done += features.num_rows
        progress("decide", done, people.num_rows)


def _told(bank: Opened, people: pa.Table, pool: Pool, both: Sequence[Rows], progress: Progress) -> list[Told]:
    """Why, row after row: their features are read again, since keeping everyone's takes memory."""
    customers = np.concatenate([rows.customers for rows in both])
    actions = np.concatenate([rows.actions for rows in both])
    told: list[Told] = []
    progress("explain", 0, len(customers))
    for features in bank.features(people.take(pa.array(customers)), EXPLAINED_ROWS):
        places: NDArray[np.int64] = actions[len(told) : len(told) + features.num_rows]
        told += told_rows(pool.compiled.actions, places, features, bank.models, bank.narrator)
        progress("explain", len(told), len(customers))
    return told
