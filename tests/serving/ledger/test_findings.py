"""A finding says where and what."""

from serving.ledger.findings import Finding


def test_a_finding_as_it_is_told() -> None:
    assert str(Finding("entry 3", "was removed")) == "entry 3: was removed"
