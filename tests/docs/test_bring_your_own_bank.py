"""Every bank.toml that the guide shows is one."""

import re
import tomllib
from pathlib import Path

import pytest

from features.columns import COLUMNS
from features.spec import BankSpec, parse
from features.vocabulary import Table

GUIDE = (Path(__file__).parents[2] / "docs/bring-your-own-bank.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```toml\n(.*?)```", GUIDE, flags=re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS)
def test_every_bank_toml_is_valid(block: str, tmp_path: Path) -> None:
    spec = parse(BankSpec, {**tomllib.loads(block), "folder": tmp_path}, tmp_path / "bank.toml")
    for name, table in spec.tables.items():
        assert set(table.columns) <= {column.name for column in COLUMNS[name]} | {"as_of"}


def test_the_flat_case_takes_fewer_than_20_lines() -> None:
    assert len(BLOCKS[0].splitlines()) < 20


def test_every_column_of_every_table_is_named() -> None:
    section = GUIDE.partition("## Tables")[2].partition("\n## ")[0]
    rows = {match[1]: match[0] for match in re.finditer(r"^\| `(\w+)` \|.*$", section, flags=re.MULTILINE)}
    for name in Table:
        for column in COLUMNS[name]:
            assert column.name == "recorded_at" or f"`{column.name}`" in rows[name], f"{name}.{column.name}"


def test_every_churn_rule_is_named() -> None:
    rules = BankSpec.model_json_schema()["$defs"]["ChurnSpec"]["properties"]["rule"]["enum"]
    assert rules and all(f"| `{rule}` |" in GUIDE for rule in rules)
