"""Where a fault is told to lie."""

from serving.decision.faults import Origin, PolicyError

ORIGIN = Origin("policy.toml", {("channels",): 3, ("channels", "app"): 4, ("rules", 0, "name"): 9})


def test_a_missing_key_is_told_at_its_table() -> None:
    told = ORIGIN.tell(("channels", "app", "cost"), "Field required")
    assert told == "policy.toml, line 4: channels.app.cost: Field required"
    assert ORIGIN.line(("rules", 0, "name")) == 9
    assert ORIGIN.line(("channels", "sms")) == 3
    assert ORIGIN.line(("holdout",)) == ORIGIN.line(()) == 1


def test_without_a_file_the_key_is_told() -> None:
    assert str(PolicyError(("rules", 2, "scope"), "unknown")) == "policy: rules.2.scope: unknown"
    assert str(PolicyError((), "empty")) == "policy: (whole file): empty"
