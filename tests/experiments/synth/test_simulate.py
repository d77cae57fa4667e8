"""The bank that comes out: the design's tables, one story, the same for the same seed."""

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from experiments.synth import generate
from features.check import check_bank
from features.errors import BadInputError
from features.spec import read_spec
from features.tables import open_bank
from features.vocabulary import Table


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def value(question: str) -> Any:
    return duckdb.sql(question).fetchall()[0][0]


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(tmp_path: Path) -> None:
    for name, seed in (("one", 3), ("two", 3), ("other", 4)):
        generate(tmp_path / name, customers=150, months=8, seed=seed)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")
    one, other = digests(tmp_path / "one"), digests(tmp_path / "other")
    assert {name for name in one if one[name] == other.get(name)} == {"bank.toml"}


def test_the_bank_has_every_table_and_breaks_no_rule(synthetic: Path) -> None:
    spec = read_spec(synthetic)
    report = check_bank(open_bank(spec), date(2025, 1, 1))
    assert {table.name for table in report.tables} == {str(name) for name in Table} - {"labels"}
    assert report.violations == ()
    assert report.notes == ()
    assert len(spec.products) == 12
    assert all(product.name_zh and product.name_en for product in spec.products.values())
    assert spec.snapshots.all()[-1] == date(2025, 1, 1)


def test_whoever_leaves_closes_everything_and_is_not_seen_again(synthetic: Path) -> None:
    gone = f"""(select customer_id, max(closed_on) as gone from '{synthetic}/holdings.parquet'
        group by 1 having count(*) = count(closed_on))"""
    assert value(f"select count(*) from {gone}") > 500
    for table in ("transactions", "interactions"):
        later = f"""from '{synthetic}/{table}/*.parquet' as event join {gone} using (customer_id)
            where event."at" >= gone"""
        assert value(f"select count(*) {later}") == 0
    left = f"""from '{synthetic}/balances/*.parquet' join {gone} using (customer_id)
        where as_of >= gone and balance > 0"""
    assert value(f"select count(*) {left}") == 0


def test_nobody_is_seen_before_joining(synthetic: Path) -> None:
    early = f"""from '{synthetic}/transactions/*.parquet' as event
        join '{synthetic}/customers.parquet' using (customer_id) where event."at" < joined_on"""
    assert value(f"select count(*) {early}") == 0


def test_deposits_are_concentrated(synthetic: Path) -> None:
    top = value(
        f"""select sum(total) filter (place <= 0.2) / sum(total) from (
            select sum(balance) as total, percent_rank() over (order by sum(balance) desc) as place
            from '{synthetic}/balances/2024-06.parquet' group by customer_id)"""
    )
    assert 0.7 < top < 0.95


def test_complaints_come_before_leaving(synthetic: Path) -> None:
    rate = f"""select avg((closed_on < date '2024-07-01')::int) from (
        select customer_id, max(coalesce(closed_on, date '2099-01-01')) as closed_on
        from '{synthetic}/holdings.parquet' group by 1 having min(opened_on) < date '2024-04-01'
        and max(coalesce(closed_on, date '2099-01-01')) >= date '2024-04-01')
        where customer_id {{}} in (select customer_id from '{synthetic}/interactions/*.parquet' as event
        where kind = 'complaint' and event."at" between date '2024-01-01' and date '2024-04-01')"""
    assert value(rate.format("")) > 3 * value(rate.format("not"))


def test_the_arms_are_drawn_at_the_recorded_probability_and_alike(synthetic: Path) -> None:
    arms = duckdb.sql(
        f"""select action = 'retain' as retain, any_value(assignment_probability) as p,
            count(distinct assignment_probability) as distinct_ps, count(*) as contacts,
            avg((arm = 'treatment')::int) as treated,
            avg(uses_app) filter (arm = 'treatment') - avg(uses_app) filter (arm = 'control') as difference
        from '{synthetic}/contacts/*.parquet' join '{synthetic}/customers.parquet' using (customer_id)
        group by 1 order by 1"""
    ).fetchall()
    for _, probability, distinct, contacts, treated, difference in arms:
        assert distinct == 1
        assert treated == pytest.approx(probability, abs=4 * (0.25 / contacts) ** 0.5)
        assert difference == pytest.approx(0, abs=4 * (1 / contacts) ** 0.5)


def test_treated_offers_are_taken_more_often(synthetic: Path) -> None:
    taken = f"""select avg((opened_on is not null)::int) from '{synthetic}/contacts/*.parquet' as contact
        left join '{synthetic}/holdings.parquet' as holding on contact.customer_id = holding.customer_id
        and contact.action = 'cross_sell:' || holding.product
        and opened_on between contact."at"::date and contact."at"::date + 85
        where action <> 'retain' and contact."at" < date '2024-10-01' and arm = '{{}}'"""
    assert value(taken.format("treatment")) > 1.3 * value(taken.format("control"))


def test_a_folder_in_use_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(BadInputError, match="already there"):
        generate(tmp_path, customers=50, months=6)
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


def test_only_an_earlier_synthetic_bank_is_replaced_and_only_when_asked(tmp_path: Path) -> None:
    bank = tmp_path / "bank"
    generate(bank, customers=50, months=6)
    (bank / ".nextbest").mkdir()
    with pytest.raises(BadInputError, match="already there"):
        generate(bank, customers=60, months=6)
    generate(bank, customers=60, months=6, replace=True)
    assert value(f"select count(*) from '{bank}/customers.parquet'") == 60
    assert not (bank / ".nextbest").exists()
    (bank / "bank.toml").write_text('name = "My own bank"')
    with pytest.raises(BadInputError, match="an earlier synthetic bank"):
        generate(bank, customers=50, months=6, replace=True)
    assert [path.name for path in tmp_path.iterdir()] == ["bank"]


def test_too_small_a_bank_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="at least 10 customers"):
        generate(tmp_path / "bank", customers=3)


def test_nothing_half_written_stays_behind(tmp_path: Path) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(tmp_path / "bank", customers=50, months=6, progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_the_wealthiest_tenth_is_asked_about_the_managers_calls(synthetic: Path) -> None:
    asked = value(
        f"""select count(distinct customer_id) from '{synthetic}/consents.parquet'
        where channel = 'relationship_manager'"""
    )
    assert asked == 600
