"""A product that nobody opened yet is ranked as its likes are, to the share that is expected."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from features.contract import FeatureColumn
from features.progress import silent
from features.spec import Product
from training.cold_start import likeness, with_lookalikes
from training.dataset import Dataset, Examples
from training.fit import options
from training.heads import FittedHead, fit_heads, predict, refit
from training.soup import SOUP

COLUMNS = (FeatureColumn(name="saves"), FeatureColumn(name="borrows"))
SAVING = Product(category="deposits", annual_value=60.0, attributes={"need": "saving", "term": "open"})
NEW = Product(category="deposits", annual_value=80.0, attributes={"need": "saving", "term": "fixed"})
LOAN = Product(category="lending", annual_value=900.0, attributes={"need": "borrowing", "term": "fixed"})
PRODUCTS = {"account": SAVING, "bond": SAVING, "new": NEW, "loan": LOAN}
ROWS, LEAST = 9000, 30


def dataset(sold: int = 0) -> Dataset:
    """Two products for those who save, one for those who borrow; of the new one `sold` are."""
    random = np.random.default_rng(0)
    matrix = random.normal(size=(ROWS, 2))
    odds = np.column_stack([matrix[:, 0], matrix[:, 0], np.full(ROWS, -np.inf), matrix[:, 1]])
    labels = (random.random((ROWS, 4)) < 1 / (1 + np.exp(2.5 - 1.5 * odds))).astype(float)
    labels[:sold, 2] = 1.0
    labels[-500:, 2] = np.nan
    whole = Examples(pa.table({"customer_id": np.arange(ROWS)}), matrix, labels, np.ones(ROWS))
    return Dataset(COLUMNS, tuple(PRODUCTS), whole, (5400, 0, 1800, 1800))


@pytest.fixture(scope="module")
def data() -> Dataset:
    return dataset()


@pytest.fixture(scope="module")
def own(data: Dataset) -> list[FittedHead]:
    return fit_heads(data, options(COLUMNS, {}, 0), LEAST, silent)


def test_it_ranks_as_its_likes_do_and_not_as_others(data: Dataset, own: list[FittedHead]) -> None:
    heads = with_lookalikes(own, data.train, PRODUCTS, LEAST)
    new = heads[2]
    assert new.lenders == ("account", "bond")
    assert [heads[place] is own[place] for place in (0, 1, 3)] == [True] * 3
    found = predict(heads, data.test.matrix)
    ranks = np.corrcoef(found.argsort(axis=0).argsort(axis=0).T)[2]
    assert ranks[0] > 0.9
    assert abs(ranks[3]) < 0.1
    assert np.corrcoef(found[:, 2], data.test.matrix[:, 0])[0, 1] > 0.7


def test_a_head_of_many_positives_that_nothing_parts_keeps_its_own_share(
    data: Dataset, own: list[FittedHead]
) -> None:
    parted = replace(own[2], positives=LEAST, note="new: no feature parts its training rows")
    assert with_lookalikes([*own[:2], parted, own[3]], data.train, PRODUCTS, LEAST)[2] is parted


def test_its_mean_is_the_share_that_is_expected(data: Dataset, own: list[FittedHead]) -> None:
    expecting = {**PRODUCTS, "new": NEW.model_copy(update={"expected_share": 0.013})}
    new = with_lookalikes(own, data.train, expecting, LEAST)[2]
    assert new.base_rate == 0.013
    assert new.predict(data.train.matrix).mean() == pytest.approx(0.013, rel=1e-6)
    assert new.note == (
        "new: 0 positives are too few to learn from: scored as products like it are (account, bond), "
        "to a mean of 0.0130"
    )


def test_never_opened_the_rate_of_its_likes_is_assumed_else_what_was_seen_counts(
    own: list[FittedHead],
) -> None:
    never = with_lookalikes(own, dataset().train, PRODUCTS, LEAST)[2]
    assert never.base_rate == pytest.approx((own[0].base_rate + own[1].base_rate) / 2)
    few = dataset(sold=20)
    seen = fit_heads(few, options(COLUMNS, {}, 0), LEAST, silent)
    rate = (own[0].base_rate + own[1].base_rate) / 2
    found = with_lookalikes(seen, few.train, PRODUCTS, LEAST)[2].base_rate
    assert found == pytest.approx((20 + LEAST) / (5400 + LEAST / rate), rel=0.02)
    assert 20 / 5400 < found < rate


def test_boosters_fitted_again_are_borrowed_again(data: Dataset, own: list[FittedHead]) -> None:
    assert own[0].booster is not None
    trees = own[0].booster.num_trees()
    again = refit(own, data.everything, COLUMNS, options(COLUMNS, {}, 0), silent)
    heads = with_lookalikes(again, data.train, PRODUCTS, LEAST)
    lent = [head.booster.num_trees() for head in heads[:3] if head.booster]
    assert lent[2] == lent[0] + lent[1]
    assert lent[0] == SOUP * trees


def test_who_borrowed_lends_nothing(data: Dataset, own: list[FittedHead]) -> None:
    once = with_lookalikes(own, data.train, PRODUCTS, LEAST)
    bond = replace(own[1], booster=None, positives=0, note="never sold")
    twice = with_lookalikes([once[0], bond, *once[2:]], data.train, PRODUCTS, LEAST)
    assert twice[1].lenders == ("account",)


def test_without_attributes_it_answers_its_base_rate_as_before(data: Dataset, own: list[FittedHead]) -> None:
    plain = {**PRODUCTS, "new": NEW.model_copy(update={"attributes": {}})}
    assert with_lookalikes(own, data.train, plain, LEAST) == own
    assert with_lookalikes(own, data.train, {}, LEAST) == own


def test_without_a_product_like_it_the_note_says_so(data: Dataset, own: list[FittedHead]) -> None:
    apart = Product(category="insurance", annual_value=9.0, attributes={"need": "safety"})
    new = with_lookalikes(own, data.train, {**PRODUCTS, "new": apart}, LEAST)[2]
    assert (new.booster, new.lenders) == (None, ())
    assert new.note.startswith("new: no learned product is like it; new: 0 positives among 5400")


def test_of_a_product_that_everybody_holds_nothing_is_borrowed(data: Dataset, own: list[FittedHead]) -> None:
    held = replace(data.train, labels=data.train.labels.copy())
    held.labels[:, 2] = np.nan
    assert with_lookalikes(own, held, PRODUCTS, LEAST)[2] == own[2]


def test_likeness() -> None:
    assert likeness(SAVING, SAVING) == 1.0
    assert likeness(SAVING, NEW) == pytest.approx((1 + 1 + 60 / 80 + 1 + 0) / 5)
    companies = SAVING.model_copy(update={"kinds": ("company",)})
    assert likeness(SAVING, companies) == 0.0  # one kind of three
    firms = SAVING.model_copy(update={"kinds": ("company", "institution")})
    assert likeness(firms, companies) == pytest.approx((1 + 1 / 2 + 1 + 2) / 5)
    assert likeness(companies, SAVING.model_copy(update={"kinds": ("individual",)})) == 0.0
    assert likeness(Product(), Product()) == 1.0
