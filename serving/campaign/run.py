"""A campaign from end to end: score, decide, select within the limits, say why, write."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.layout import DECISION, Layout, load_layout
from features.progress import Progress
from features.spec import BankSpec
from serving.campaign.arms import selected
from serving.campaign.contact_list import Rows, Told, list_table, rows_of
from serving.campaign.exploration import explored
from serving.campaign.files import check_folder, write_campaign
from serving.campaign.pool import Pool, pooled, together
from serving.campaign.reasons import told_rows
from serving.campaign.result import CampaignResult
from serving.campaign.summary import Occasion, Outcome, summarise
from serving.decision.arbitration import Places
from serving.decision.compiled import CompiledPolicy
from serving.decision.decide import Decisions, decide
from serving.decision.policy import Policy
from serving.decision.reasons import Narrator
from serving.decision_table import decision_table
from serving.models import ALL_THREADS, ScoringModel
from serving.online import customer_schema
from serving.policy.file import compile_for, load_policy
from serving.report.page import write_report
from serving.scores import champions, population, require_built
from serving.selection.choice import choices_at
from serving.selection.problem import Chosen, Numbers, Problem
from serving.selection.select import Selection
from serving.wording_file import load_wording

if TYPE_CHECKING:
    from features.store import Store

CHUNK_ROWS = 50_000
EXPLAINED_ROWS = 20_000


class Witness(Protocol):
    """Who keeps a record of a campaign as it is made."""

    def decided(self, decisions: Decisions) -> None:
        """One chunk was decided; chunks come in the order of customers."""

    def chosen(self, choice: "Choice") -> pa.Array:
        """What to do was chosen; returns each customer's decision id, in the pool's order."""


class Unwitnessed:
    """Keeps no record: decisions have no ids."""

    def decided(self, decisions: Decisions) -> None:
        """Nothing is kept."""

    def chosen(self, choice: "Choice") -> pa.Array:
        """No ids."""
        return pa.nulls(choice.pool.customers.num_rows, pa.string())


@dataclass(frozen=True)
class Choice:
    """Whom to contact with what (`selection`), and what would be done for the control group (`control`).

    The selection's value is that before exploring, its `chosen` what came of it.
    `probabilities` (actions, customers) of each action, and `probability` (customers,) of what was chosen.
    """

    pool: Pool
    problem: Problem
    selection: Selection
    control: Chosen
    probabilities: Numbers
    probability: Numbers

    def done(self) -> Chosen:
        """What is done, or would be for who is held out; shape (actions, customers)."""
        chosen = self.selection.chosen
        return np.where((chosen >= 0).any(axis=0), chosen, self.control)

    def worth_most(self) -> tuple[Places, Places]:
        """Of what is done for each customer the action worth most, and its channel, -1 where nothing is."""
        done = self.done()
        channels = np.maximum(done, 0).astype(np.int64)[:, np.newaxis]
        worth = np.take_along_axis(self.pool.factors.expected, channels, axis=1)[:, 0]
        action = np.where(done >= 0, worth, -np.inf).argmax(axis=0)
        return action, done[action, np.arange(done.shape[1])].astype(np.int64)


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
    campaign that is there already is replaced whole. The ledger holds the decisions before the list is there.

    Raises BadInputError for a snapshot that is not built, a bank without a champion, a faulty policy, or a
    folder that holds something else.
    """
    check_folder(out)
    bank = open_campaign(spec, snapshot, load_policy(spec))
    people = population(spec, bank.layout, snapshot)
    with _ledger_witness(bank) as witness:
        result = campaign_of(bank, people, Occasion(snapshot, today or snapshot), progress, witness)
    names = {action.id: (action.name_en, action.name_zh) for action in bank.policy.actions}
    page = partial(write_report, campaign=result, names=names)
    write_campaign(out, result, bank.layout.fingerprint, page)
    progress("write", 1, 1)
    return result


def campaign_of(
    bank: Opened, people: pa.Table, occasion: Occasion, progress: Progress, witness: Witness | None = None
) -> CampaignResult:
    """The campaign for `people` (customer_id, snapshot_date); no folder is written."""
    witness = witness or Unwitnessed()
    pools = list(_decided(bank, people, occasion.today, progress, witness))
    progress("select", 0, 1)
    choice = choose(pools)
    progress("select", 1, 1)
    pool = choice.pool
    ids = witness.chosen(choice)
    contacts, held_out = rows_of(pool, choice.selection.chosen), rows_of(pool, choice.control)
    told = _told(bank, people, pool, (contacts, held_out), progress)
    first = len(contacts.customers)
    outcome = Outcome(
        choice.problem,
        choice.selection,
        list_table(pool, contacts, told[:first], "treatment", ids),
        list_table(pool, held_out, told[first:], "control", ids),
    )
    summary = summarise(bank.spec, occasion, bank.models, pool, outcome)
    return CampaignResult(summary, outcome.contacts, outcome.held_out)


def choose(pools: Sequence[Pool]) -> Choice:
    """What to do within the policy's limits for everyone decided; nothing but the pools enters."""
    pool = together(pools)
    problem = pool.contact_problem()
    selection = selected(pool, problem)
    held, _ = choices_at(pool.control_problem(), selection.prices)
    contacts, control = (
        explored(pool, selection.chosen, pool.contactable),
        explored(pool, held, pool.controlled),
    )
    selection = replace(selection, chosen=contacts.chosen)
    treated = (contacts.chosen >= 0).any(axis=0)
    # The policy's own choices explore; how likely an arm's was is known of the decision.
    likely = np.where(pool.own, contacts.probability, pool.chances)
    return Choice(
        pool,
        problem,
        selection,
        control.chosen,
        np.where(treated, contacts.probabilities, control.probabilities),
        np.where(treated, likely, control.probability),
    )


def _ledger_witness(bank: Opened) -> AbstractContextManager[Witness]:
    from serving.ledger.opening import open_ledger
    from serving.ledger.setting import setting_of
    from serving.ledger.witness import witnessing

    setting = setting_of(bank.spec, bank.layout, bank.policy.policy, bank.models)
    return witnessing(open_ledger(bank.spec), setting, bank.models)


def open_campaign(spec: BankSpec, snapshot: date, policy: Policy) -> Opened:
    """Everything a campaign under `policy` needs.

    Raises BadInputError for a snapshot that is not built, a policy that does not suit the bank, or a bank
    without a champion.
    """
    layout = load_layout(spec)
    require_built(layout.snapshots, snapshot)
    models = champions(spec, layout)
    compiled = compile_for(spec, policy, customer_schema(layout, models))
    from features.store import open_store  # takes seconds: after all that may be refused

    narrator = Narrator(load_wording(), spec.products)
    return Opened(spec, layout, open_store(spec, layout), models, compiled, narrator)


def _decided(
    bank: Opened, people: pa.Table, today: date, progress: Progress, witness: Witness
) -> Iterator[Pool]:
    done = 0
    progress("decide", done, people.num_rows)
    for features in bank.features(people, CHUNK_ROWS):
        customers = decision_table(features, bank.models, ALL_THREADS, bank.policy)
        decisions = decide(customers, bank.policy, today)
        witness.decided(decisions)
        yield pooled(decisions, bank.layout.sensitive)
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
