"""Every rule that bank.toml may name is there, with what tells how far the data reaches."""

from typing import get_args

from features.spec import ChurnSpec
from training.labels.evidence import KNOWN_BY
from training.labels.rules import RULES


def test_every_rule_of_bank_toml_is_known() -> None:
    assert set(RULES) == set(get_args(ChurnSpec.model_fields["rule"].annotation))


def test_all_but_the_banks_own_labels_say_what_told_the_day() -> None:
    assert {name for name, (_, evidence) in RULES.items() if evidence is None} == {"labels"}
    assert all(KNOWN_BY[evidence] for _, evidence in RULES.values() if evidence)
