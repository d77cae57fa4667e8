from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from features.errors import BadInputError
from features.layout import (
    AUDIT,
    DECISION,
    LAYOUT_FILE,
    Feature,
    Layout,
    ViewLayout,
    features_folder,
    forget_layout,
    load_layout,
    partition,
    save_layout,
)
from features.spec import BankSpec, parse


def view(name: str, *features: str, for_models: bool = True) -> ViewLayout:
    """A view whose features that end in `_text` are texts."""
    described = (Feature(name=one, kind="text" if one.endswith("_text") else "number") for one in features)
    return ViewLayout(name=name, description="", for_models=for_models, features=tuple(described))


def layout(*views: ViewLayout, sensitive: tuple[str, ...] = (), fingerprint: str = "f") -> Layout:
    return Layout(
        customer_id_type="int64",
        views=views
        or (view("a", "a_sex_text", "a_age"), view("b", "b_sum"), view("c", "c_ok", for_models=False)),
        sensitive=sensitive,
        snapshots=(date(2024, 1, 1), date(2024, 2, 1)),
        fingerprint=fingerprint,
    )


@pytest.fixture
def spec(tmp_path: Path) -> BankSpec:
    raw = {
        "folder": tmp_path,
        "name": "Bank",
        "tables": {"customers": {"path": "customers.csv"}},
        "snapshots": {"dates": [date(2024, 1, 1)]},
    }
    return parse(BankSpec, raw, tmp_path)


def test_models_see_neither_sensitive_features_nor_views_kept_from_them() -> None:
    found = layout(sensitive=("a_sex_text",))
    assert found.features() == [
        ("a_sex_text", "text"),
        ("a_age", "number"),
        ("b_sum", "number"),
        ("c_ok", "number"),
    ]
    assert found.model_features() == [("a_age", "number"), ("b_sum", "number")]
    assert found.service_features("churn") == found.model_features()
    assert found.service_features(DECISION) == found.features()
    assert found.service_features(AUDIT) == [("a_sex_text", "text")]
    assert layout().service_features(AUDIT) == []


def test_a_feature_of_two_views_is_refused() -> None:
    with pytest.raises(ValidationError, match="more than one view: same"):
        layout(view("a", "same"), view("b", "same"))


@pytest.mark.parametrize("name", ["with space", "semi;colon", 'quo"te', "view:feature", ""])
def test_a_name_that_sql_or_feast_would_read_otherwise_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        Feature(name=name, kind="number")


def test_a_service_is_named_after_its_features() -> None:
    name = layout().service_name("churn")
    model, _, digest = name.partition("-")
    assert model == "churn"
    assert len(digest) == 8 and set(digest) <= set("0123456789abcdef")
    assert name == layout(fingerprint="other data").service_name("churn")
    others = {
        layout().service_name("propensity"),
        layout().service_name(DECISION),
        layout(sensitive=("a_age",)).service_name("churn"),
        layout(view("a", "a_age", "a_sex_text"), view("b", "b_sum")).service_name("churn"),
    }
    assert name not in others and len(others) == 4


def test_the_signature_is_of_definitions_not_of_data() -> None:
    assert layout().signature() == layout(fingerprint="other data").signature()
    later = layout().model_copy(update={"snapshots": (date(2025, 1, 1),)})
    assert layout().signature() == later.signature()
    assert layout().signature() != layout(sensitive=("a_age",)).signature()
    text = layout().model_copy(update={"customer_id_type": "string"})
    assert layout().signature() != text.signature()


def test_a_saved_layout_is_read_back(spec: BankSpec) -> None:
    save_layout(spec.state, layout())
    save_layout(spec.state, layout(sensitive=("a_age",)))
    assert load_layout(spec) == layout(sensitive=("a_age",))
    assert [path.name for path in features_folder(spec.state).iterdir()] == [LAYOUT_FILE]


def test_without_a_layout_the_user_is_told_to_build(spec: BankSpec) -> None:
    with pytest.raises(BadInputError, match="run `nextbest features"):
        load_layout(spec)
    save_layout(spec.state, layout())
    forget_layout(spec.state)
    forget_layout(spec.state)
    with pytest.raises(BadInputError, match="run `nextbest features"):
        load_layout(spec)


def test_a_layout_of_another_version_is_refused(spec: BankSpec) -> None:
    save_layout(spec.state, layout())
    path = features_folder(spec.state) / LAYOUT_FILE
    path.write_text(path.read_text().replace("fingerprint", "fingermark"))
    with pytest.raises(BadInputError, match=r"not of this version; run `nextbest features"):
        load_layout(spec)


def test_snapshots_that_are_not_built_are_named() -> None:
    layout().require_built([date(2024, 2, 1), date(2024, 2, 1)])
    with pytest.raises(BadInputError, match="2024-03-01, 2024-04-01"):
        layout().require_built([date(2024, 4, 1), date(2024, 2, 1), date(2024, 3, 1)])


def test_partitions_lie_by_view_and_day(tmp_path: Path) -> None:
    assert (
        partition(tmp_path, "tier", date(2024, 2, 1)) == tmp_path / "features" / "tier" / "2024-02-01.parquet"
    )


def test_a_model_of_features_that_are_gone_is_refused_by_their_names() -> None:
    layout().require_features(["b_sum", "a_age"], "churn/3")
    gone = r"churn/3 was trained on features that are not built: b_old, d_sum; give bank\.toml back"
    with pytest.raises(BadInputError, match=gone):
        layout().require_features(["b_old", "a_age", "d_sum"], "churn/3")
