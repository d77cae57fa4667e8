"""What was watched is told to people and to programs alike, and kept beside the models."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from features.spec import BankSpec
from training.intervals import Interval
from training.monitor.by_head import ByHead
from training.monitor.outcomes import Outcome
from training.monitor.report import as_dict, render, write
from training.monitor.tables import Watched
from training.monitor.watch import Watch


def bank(folder: Path) -> BankSpec:
    raw = {
        "name": "A Bank",
        "tables": {"customers": {"path": "c.csv"}},
        "snapshots": {"dates": ["2024-01-01"]},
    }
    return BankSpec.model_validate({**raw, "folder": folder}, strict=False)


def test_programs_get_plain_values_without_single_scores(watched: Watch) -> None:
    plain = as_dict(watched)
    assert json.loads(json.dumps(plain)) == plain
    [model] = plain["models"]
    assert (model["model"], model["version"], model["seen_until"]) == ("churn", 3, "2024-03-01")
    assert not {"scores_before", "scores_now"} & set(model)
    assert model["columns"][0]["nulls_now"] is None  # JSON has no NaN
    assert (plain["passed"], plain["retrain"]) == (False, False)
    assert plain["verdict"]["advice"] == "wait"


def test_nothing_found_has_passed(watched: Watch) -> None:
    assert as_dict(replace(watched, findings=[]))["passed"] is True


def test_people_get_a_page_that_escapes_and_fetches_nothing(watched: Watch) -> None:
    text = render(watched)
    assert "&lt;b&gt;Bank" in text
    assert "<b>Bank" not in text
    assert "income has drifted" in text
    assert "收入已漂移" in text
    assert 'src="' not in text


def test_heads_are_told_apart_on_the_page_and_in_json(watched: Watch) -> None:
    one, times = Interval(1.0, 0.9, 1.1), {"loan": Interval(2.6, 2.1, 3.2)}
    heads = ByHead(times, {"card": Interval(0.2, 0.1, 0.3)})
    outcome = Outcome(date(2024, 4, 1), 9, 5, 0.1, 0.1, one, one, one, one, one, by_head=heads)
    found = replace(watched, models=[replace(watched.models[0], outcomes=[outcome])])
    text = render(found)
    assert '<td>loan</td><td class="number">2.60 [2.10, 3.20]</td><td class="number">–</td>' in text
    assert '<td>card</td><td class="number">–</td><td class="number">0.200 [0.100, 0.300]</td>' in text
    told = as_dict(found)["models"][0]["outcomes"][0]["by_head"]
    assert told["times"]["loan"] == {"value": 2.6, "low": 2.1, "high": 3.2}
    assert list(told["roc_auc_fall"]) == ["card"]


def test_a_column_that_is_not_judged_is_named(watched: Watch) -> None:
    one = watched.models[0]
    restless = replace(one.columns[0], name="days_since_statement", restless=True)
    text = render(replace(watched, models=[replace(one, columns=[*one.columns, restless])]))
    assert "further apart than that in any way: days_since_statement." in text
    assert "<td>days_since_statement" not in text


def test_a_column_that_is_judged_by_its_reach_alone_is_named_and_shown(watched: Watch) -> None:
    one = watched.models[0]
    coarse = replace(one.columns[0], name="days_since_statement", coarse=True)
    text = render(replace(watched, models=[replace(one, columns=[*one.columns, coarse])]))
    assert "further apart than that in days_since_statement: judged only by" in text
    assert "<td>days_since_statement" in text


def test_a_table_of_which_nothing_is_expected_has_no_limits(watched: Watch) -> None:
    table = Watched("customers", False, date(2020, 5, 1), 1340, np.inf, 30, 0, 0.0, np.inf)
    found = replace(watched, tables=[table])
    assert json.loads(json.dumps(as_dict(found)))["tables"][0]["silent_most"] is None
    assert "inf" not in render(found).split("<h2>Tables")[1].split("</table>")[0].partition("<tbody>")[2]


def test_both_are_written_under_the_banks_state_and_again_in_their_place(
    watched: Watch, tmp_path: Path
) -> None:
    for found in (watched, replace(watched, findings=[])):
        page = write(bank(tmp_path), found)
        assert json.loads(page.with_suffix(".json").read_text(encoding="utf-8")) == as_dict(found)
        assert page.read_text(encoding="utf-8") == render(found)
        assert sorted(one.name for one in page.parent.iterdir()) == ["2024-06-01.html", "2024-06-01.json"]
