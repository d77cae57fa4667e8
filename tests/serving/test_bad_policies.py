"""A hundred bad policies, by hand, and others by chance: each is one error with file, line and key."""

import re
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.errors import BadInputError
from features.spec import BankSpec, parse
from serving.policy.file import compile_for, default_policy_path, read_policy

DEFAULT = default_policy_path().read_text(encoding="utf-8")
COLUMNS = (
    "balances_total_last",
    "holdings_count",
    "interactions_complaints_open",
    "transactions_days_since_last",
    "consents_marketing_any",
    "occasions_days_to_birthday",
    "occasions_days_to_anniversary",
)
SCHEMA = pa.schema(
    {"customer_id": pa.int64(), "contact_history": pa.string(), **dict.fromkeys(COLUMNS, pa.float64())}
)
LEVER = """
[[levers]]
name = "push"
multiplier = 2.0
set_by = "Ms Li"
reason = "season"
until = 2030-01-01
"""
WEIGHT = LEVER.replace("levers", "context").replace("multiplier", "weight")
CARD = "[products.card]\nannual_margin = 1.0\n"


def rule(condition: str, scope: str = "all") -> tuple[str, str]:
    """A rule put in the place of the first one."""
    return (
        'condition = "coalesce(holdings_count, 1) > 0 OR transactions_days_since_last <= 90"',
        f"condition = '''{condition}'''\n" if scope == "all" else f"scope = '{scope}'",
    )


def more(text: str) -> tuple[str, str]:
    """Something put before the holdout, which is the last section."""
    return ("[holdout]\n", f"{text}\n[holdout]\n")


BAD: tuple[tuple[tuple[str, str], str], ...] = (
    # What to replace in the default policy, and the key that the error must name.
    (('version = "default-1"', "version ="), "version"),
    (('version = "default-1"', "version = 1"), "version"),
    (('version = "default-1"', 'version = ""'), "version"),
    (('version = "default-1"', ""), "version"),
    (('version = "default-1"', 'verzion = "1"\nversion = "1"'), "verzion"),
    (('version = "default-1"', 'version = "1'), "version"),
    (('version = "default-1"', "version = 2024-13-01"), "version"),
    (('language = "en"', 'language = "fr"'), "language"),
    (('language = "en"', "language = true"), "language"),
    (('language = "en"', 'language = "en"\nlanguage = "zh"'), "language"),
    (('language = "en"', 'language = "en"\nlanguage_column = "tongue"'), "language_column"),
    (('language = "en"', 'language = "en"\nlanguage_column = "holdings_count"'), "language_column"),
    (("max_actions = 1", "max_actions = 0"), "max_actions"),
    (("max_actions = 1", "max_actions = 6"), "max_actions"),
    (("max_actions = 1", "max_actions = 1.5"), "max_actions"),
    (("max_actions = 1", "max_actions = '1'"), "max_actions"),
    (('fallback = "nothing"', 'fallback = "pray"'), "fallback"),
    (('fallback = "nothing"', "fallback = []"), "fallback"),
    (("minimum_expected_value = 1.0", "minimum_expected_value = -1.0"), "minimum_expected_value"),
    (("minimum_expected_value = 1.0", "minimum_expected_value = nan"), "minimum_expected_value"),
    (("minimum_expected_value = 1.0", "minimum_expected_value = inf"), "minimum_expected_value"),
    (("minimum_expected_value = 1.0", 'minimum_expected_value = "1"'), "minimum_expected_value"),
    (("[actions.retain]\n", "[actions.retain]\nsave_rat = 0.1\n"), "actions.retain.save_rat"),
    (("[actions.retain]", "[actions.retain"), "actions.retain"),
    (("[actions.retain]", "[actions.1retain]"), "actions.1retain"),
    (("[actions.retain]", "[actions.'re tain']"), "actions.re tain"),
    (('group = "retain"\nname_en = "retention offer"', 'group = "keep"'), "actions.retain.group"),
    (('group = "retain"\nname_en = "retention offer"', ""), "actions.retain.group"),
    (("save_rate = 0.15", ""), "actions.retain"),
    (("save_rate = 0.15", "save_rate = 1.5"), "actions.retain.save_rate"),
    (("save_rate = 0.15", "save_rate = -0.1"), "actions.retain.save_rate"),
    (("save_rate = 0.15", "save_rate = 0.15\nprobability = 0.5"), "actions.retain"),
    (("save_rate = 0.15", 'save_rate = 0.15\nproducts = ["card"]'), "actions.retain"),
    (("cost = 2.0", "cost = -2.0"), "actions.retain.cost"),
    (("cost = 2.0", 'cost = 2.0\nchannels = ["app", "fax"]'), "actions.retain.channels.1"),
    (("cost = 2.0", "cost = [2.0]"), "actions.retain.cost"),
    (("cost = 2.0", "cost = 2,0"), "cost"),
    (('group = "cross_sell"', 'group = "cross_sell"\nproducts = ["boat"]'), "actions.cross_sell.products.0"),
    (
        ('group = "cross_sell"', 'group = "cross_sell"\nproducts = ["card", "card"]'),
        "actions.cross_sell.products.1",
    ),
    (
        ('group = "cross_sell"', 'group = "cross_sell"\n[actions.again]\ngroup = "cross_sell"'),
        "actions.again",
    ),
    (("value = 25.0", ""), "actions.complaint"),
    (("value = 25.0", "value = -25.0"), "actions.complaint.value"),
    (("probability = 0.1", "probability = 10"), "actions.reactivation.probability"),
    (('reason_features = ["interactions_complaints_open"]', "reason_features = 1"),
     "actions.complaint.reason_features"),
    (("cost = 0.02", ""), "channels.app.cost"),
    (("cost = 0.02", 'cost = "cheap"'), "channels.app.cost"),
    (("cost = 0.02", "cost = 0.02\ncapacty = 5"), "channels.app.capacty"),
    (("cost = 0.02", "cost = 0.02\nlanguages = ['English']"), "channels.app.languages.0"),
    (("cost = 0.02", "cost = 0.02\ngroups = ['selling']"), "channels.app.groups.0"),
    (("cost = 0.02", "cost = 0.02\nquiet_hours = [21]"), "channels.app.quiet_hours.1"),
    (("quiet_hours = [21, 8]", "quiet_hours = [21, 24]"), "channels.sms.quiet_hours.1"),
    (("quiet_hours = [21, 8]", "quiet_hours = 'night'"), "channels.sms.quiet_hours"),
    (("daily_capacity = 100", "daily_capacity = 99.5"), "channels.call_centre.daily_capacity"),
    (("capacity = 1000\n", "capacity = -1\n"), "channels.branch.capacity"),
    (("weight = 0.5\n", "weight = 101.0\n"), "channels.app.weight"),
    (("weight = 0.5\n", "weight = true\n"), "channels.app.weight"),
    (('name = "still_a_customer"', 'name = "still a customer"'), "rules.0.name"),
    (('name = "still_a_customer"', ""), "rules.0.name"),
    (('name = "no_selling_with_open_complaint"', 'name = "still_a_customer"'), "rules.1.name"),
    (('kind = "eligibility"', 'kind = "legality"'), "rules.0.kind"),
    (('scope = "all"', 'scope = "everything"'), "rules.0.scope"),
    (('scope = "service:birthday"', 'scope = "service:birthdy"'), "rules.4.scope"),
    (('scope = "all"', "scope = 1"), "rules.0.scope"),
    (rule(""), "rules.0.condition"),
    (rule("holding_count > 0"), "rules.0.condition"),
    (rule("holdings_count > 'two'"), "rules.0.condition"),
    (rule("holdings_count >"), "rules.0.condition"),
    (rule("holdings_count > 0; DROP TABLE customers"), "rules.0.condition"),
    (rule("holdings_count + 1"), "rules.0.condition"),
    (rule("(SELECT 1) = 1"), "rules.0.condition"),
    (rule("upper(tier) = 'DORMANT'"), "rules.0.condition"),
    (rule("customers.holdings_count > 0"), "rules.0.condition"),
    (rule("holdings_count IN (SELECT 1)"), "rules.0.condition"),
    (rule("__import__('os')"), "rules.0.condition"),
    (rule("propensity_{product} > 0.1"), "rules.0.condition"),
    (rule("(" * 60 + "holdings_count > 0" + ")" * 60), "rules.0.condition"),
    (rule("holdings_count > 0 OR " * 200 + "holdings_count > 1"), "rules.0.condition"),
    (rule("request_mood = 'good'"), "rules.0.condition"),
    (rule("NOT holdings_count"), "rules.0.condition"),
    (('condition = "tier = \'dormant\'"', "condition = 5"), "rules.6.condition"),
    (('condition = "coalesce(attributes_vulnerable, 0) = 0"', 'condition = "nonsense = 1"'),
     "rules.2.condition"),
    (("min_spacing_days = 14", "min_spacing_days = -14"), "contact.min_spacing_days"),
    (("min_spacing_days = 14", "min_spacing = 14"), "contact.min_spacing"),
    (("max_contacts_90d = 4", "max_contacts_60d = 4"), "contact.max_contacts_60d"),
    (("days = 90\nmaximum = 1", "days = 366\nmaximum = 1"), "contact.caps.0.days"),
    (("days = 90\nmaximum = 1", "days = 90"), "contact.caps.0.maximum"),
    (("days = 90\nmaximum = 1", "days = 90\nmaximum = 1\nchannel = 'fax'"), "contact.caps.0.channel"),
    (("days = 90\nmaximum = 1", "days = 90\nmaximum = 1\ncounts = 'boats'"), "contact.caps.0.counts"),
    (('name = "no_selling_right_after_retention"', 'name = "one_greeting_at_a_time"'),
     "contact.spacing.1.name"),
    (('after = "retain"', 'after = "retane"'), "contact.spacing.1.after"),
    (("refusals = 2", "refusals = 0"), "contact.suppression.0.refusals"),
    (("for_days = 90", ""), "contact.suppression.0.for_days"),
    (('second = "cross_sell"', 'second = "cross_sell:boat"'), "contact.never.0.second"),
    (('unstated = "refused"', 'unstated = "maybe"'), "consent.unstated"),
    (('purposes = { retain = "marketing"', 'purposes = { keep = "marketing"'), "consent.purposes.keep"),
    (('purposes = { retain = "marketing"', 'purposes = { retain = "research"'), "consent.purposes.retain"),
    (("margin_on_balance = 0.01", "margin_on_balance = 1.01"), "value.margin_on_balance"),
    (('balance_column = "balances_total_last"', 'balance_column = "wealth"'), "value.balance_column"),
    (more(CARD.replace("card", "boat")), "products.boat"),
    (more("[products.card]\ncost_to_serve = 1.0"), "products.card"),
    (more("[products.card]\nannual_margin_on_balance = 0.01"), "products.card"),
    (more(CARD + "expected_life_years = 0.0"), "products.card.expected_life_years"),
    (more(CARD + "annual_margin_on_balance = 0.1\nbalance_column = 'w'"), "products.card.balance_column"),
    (more(LEVER.replace('"Ms Li"', '""')), "levers.0.set_by"),
    (more(LEVER.replace("until = 2030-01-01", "")), "levers.0.until"),
    (more(LEVER.replace("2030-01-01", '"soon"')), "levers.0.until"),
    (more(LEVER + LEVER), "levers.1.name"),
    (more(LEVER + "scope = 'boats'"), "levers.0.scope"),
    (more(WEIGHT + "because = 'x'"), "context.0.because"),
    (more(WEIGHT + "channel = 'fax'"), "context.0.channel"),
    (more(WEIGHT + "condition = 'holding_count > 1'"), "context.0.condition"),
    (("share = 0.05", "share = 5"), "holdout.share"),
    (('period = "year"', 'period = "week"'), "holdout.period"),
    (('salt = "nextbest"', 'salt = ""'), "holdout.salt"),
    (more("[campaign.products.boat]\nmaximum = 1"), "campaign.products.boat"),
    (more("[request]\ntopic = 'date'"), "request.topic"),
    (more("[request]\nlocal_hour = 'text'"), "request.local_hour"),
)  # fmt: skip


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> BankSpec:
    folder = tmp_path_factory.mktemp("bank")
    raw: dict[str, Any] = {
        "folder": folder,
        "name": "bank",
        "tables": {name: {"path": "-"} for name in ("customers", "consents")},
        "products": {"card": {"annual_value": 10.0}, "loan": {}},
        "snapshots": {"dates": ["2024-01-01"]},
    }
    raw["snapshots"] = {"dates": [pa.scalar(0, pa.date32()).as_py()]}
    return parse(BankSpec, raw, folder / "bank.toml")


def refusal(text: str, bank: BankSpec) -> str | None:
    """What is said of a policy, None if it is accepted."""
    path = bank.folder / "policy.toml"
    path.write_text(text, encoding="utf-8")
    try:
        compile_for(bank, read_policy(path), SCHEMA)
    except BadInputError as error:
        return str(error)
    return None


def test_the_default_is_good_and_there_are_a_hundred_bad_ones(bank: BankSpec) -> None:
    assert refusal(DEFAULT, bank) is None
    assert len(BAD) >= 100


@pytest.mark.parametrize(("change", "key"), BAD, ids=[f"{key}-{place}" for place, (_, key) in enumerate(BAD)])
def test_one_error_names_file_line_and_key(bank: BankSpec, change: tuple[str, str], key: str) -> None:
    old, new = change
    assert DEFAULT.count(old) >= 1
    text = DEFAULT.replace(old, new, 1)
    told = refusal(text, bank)
    assert told is not None
    named = re.fullmatch(rf"{re.escape(str(bank.folder / 'policy.toml'))}, line (\d+): ([^:]+): (.+)", told)
    assert named, told
    assert named[2].strip("[]") == key, told
    # The fault lies in what was changed, or where the table begins that lacks something.
    first = DEFAULT[: DEFAULT.index(old)].count("\n") + 1
    assert first - 12 <= int(named[1]) <= first + new.count("\n") + 1, told


LINES = DEFAULT.split("\n")
NOISE = st.sampled_from(
    ["", "=", "[", "]", '"', "\\", "x = 1", "[[rules]]", "-1", "1e400", "\x00", "é", "true"]
)


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    place=st.integers(0, len(LINES) - 1),
    how=st.sampled_from(["drop", "double", "value", "insert", "swap"]),
    noise=NOISE,
    other=st.integers(0, len(LINES) - 1),
)
def test_what_chance_breaks_is_told_alike(
    bank: BankSpec, place: int, how: str, noise: str, other: int
) -> None:
    lines = list(LINES)
    if how == "swap":
        lines[place], lines[other] = lines[other], lines[place]
    else:
        key = lines[place].split("=")[0]
        put = {"drop": [], "double": [lines[place]] * 2, "value": [f"{key}= {noise}"], "insert": [noise]}
        lines[place : place + 1] = put[how]
    told = refusal("\n".join(lines), bank)
    for line in (told or "").splitlines():
        file = re.escape(str(bank.folder / "policy.toml"))
        assert re.match(rf"{file}, line \d+: [^:]*\S[^:]*: \S", line), told
        assert 1 <= int(re.findall(r", line (\d+): ", line)[0]) <= len(lines) + 1
