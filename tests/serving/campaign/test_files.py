"""A campaign's folder: whole, repeatable, safe to open, and never over something else."""

import csv
import hashlib
import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import BadInputError
from serving.campaign.files import _replace, check_folder, write_campaign, write_spreadsheet
from serving.campaign.result import CampaignResult, CampaignSummary

CONTACTS = pa.table({"rank": [1, 2], "customer_id": ["=1+1", "C2"], "reasons_zh": ["近94天没有支出", None]})
SUMMARY = CampaignSummary(
    bank="Test bank", currency="EUR", snapshot=date(2024, 1, 1), decided_on=date(2024, 1, 2),
    customers=2, contacted=2, contacts=2, held_out=0, held_out_idle=0, crowded_out=0, no_action=0,
    expected_value=3.0, cost=1.0, bound=3.0, gap=0.0, greedy_value=3.0,
    actions=(), channels=(), tiers=(), limits=(), funnel=(),
    model_versions="churn/1", policy_version="test-1",
)  # fmt: skip
CAMPAIGN = CampaignResult(SUMMARY, CONTACTS, CONTACTS.slice(0, 0))
FILES = {"list.parquet", "list.csv", "holdout.parquet", "summary.json", "report.html", "manifest.json"}


def page(path: Path) -> None:
    path.write_text("<html></html>", encoding="utf-8")


def broken(path: Path) -> None:
    raise RuntimeError("no ink")


def test_the_folder_is_whole_and_its_manifest_true(tmp_path: Path) -> None:
    out = tmp_path / "campaign"
    write_campaign(out, CAMPAIGN, "abc", page)
    assert {file.name for file in out.iterdir()} == FILES
    assert {file.name for file in tmp_path.iterdir()} == {"campaign"}
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["data_fingerprint"], manifest["policy_version"]) == ("abc", "test-1")
    assert set(manifest["files"]) == FILES - {"manifest.json"}
    for name, told in manifest["files"].items():
        content = (out / name).read_bytes()
        assert told == {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    assert pq.read_table(out / "list.parquet").equals(CONTACTS)
    assert CampaignSummary.model_validate_json((out / "summary.json").read_bytes()) == SUMMARY


def test_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_campaign(tmp_path / name, CAMPAIGN, "abc", page)
    for file in FILES:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_a_campaign_is_replaced_whole(tmp_path: Path) -> None:
    out = tmp_path / "campaign"
    write_campaign(out, CAMPAIGN, "abc", page)
    (out / "old.txt").write_text("from last time")
    write_campaign(out, CAMPAIGN, "def", page)
    assert {file.name for file in out.iterdir()} == FILES
    assert json.loads((out / "manifest.json").read_text(encoding="utf-8"))["data_fingerprint"] == "def"


def test_a_failure_leaves_the_old_campaign(tmp_path: Path) -> None:
    out = tmp_path / "campaign"
    write_campaign(out, CAMPAIGN, "abc", page)
    with pytest.raises(RuntimeError, match="no ink"):
        write_campaign(out, CAMPAIGN, "def", broken)
    assert json.loads((out / "manifest.json").read_text(encoding="utf-8"))["data_fingerprint"] == "abc"
    assert {file.name for file in tmp_path.iterdir()} == {"campaign"}


def test_the_old_campaign_comes_back_when_the_new_one_cannot_be_put_there(tmp_path: Path) -> None:
    out, aside = tmp_path / "campaign", tmp_path / "never written"
    write_campaign(out, CAMPAIGN, "abc", page)
    with pytest.raises(FileNotFoundError):
        _replace(out, aside, tmp_path / ".campaign.before")
    assert {file.name for file in out.iterdir()} == FILES
    assert {file.name for file in tmp_path.iterdir()} == {"campaign"}


def test_what_was_taken_away_by_a_killed_process_is_there_again(tmp_path: Path) -> None:
    out = tmp_path / "campaign"
    write_campaign(out, CAMPAIGN, "abc", page)
    out.rename(tmp_path / ".campaign.before")
    with pytest.raises(RuntimeError, match="no ink"):
        write_campaign(out, CAMPAIGN, "abc", broken)
    assert {file.name for file in out.iterdir()} == FILES


def test_other_things_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("mine")
    with pytest.raises(BadInputError, match="something other than a campaign"):
        check_folder(tmp_path)
    with pytest.raises(BadInputError, match="expected a folder, found a file"):
        check_folder(tmp_path / "diary.txt")
    with pytest.raises(BadInputError, match=r"diary\.txt is a file"):
        check_folder(tmp_path / "diary.txt" / "campaign")
    check_folder(tmp_path / "new")


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_a_spreadsheet_calculates_nothing(tmp_path: Path, sign: str) -> None:
    path = tmp_path / "list.csv"
    write_spreadsheet(path, pa.table({"id": [f"{sign}cmd()", "1-2", "a=b"], "number": [-1.5, 0.0, 1.0]}))
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == [f"'{sign}cmd()", "1-2", "a=b"]
    assert [float(row["number"]) for row in rows] == [-1.5, 0.0, 1.0]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_every_text_column_and_every_name_is_safe(tmp_path: Path, kind: pa.DataType) -> None:
    path = tmp_path / "list.csv"
    texts = pa.array(["=1", "\t=1", "\r=1", "＝1", "可以\n=2", None, "“引号”,逗号"], kind)
    write_spreadsheet(path, pa.table({"=名称": texts, "second": texts}))
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["'=名称", "second"]
    expected = ["'=1", "'\t=1", "'\r=1", "'＝1", "可以\n=2", "", "“引号”,逗号"]
    assert rows == [[text, text] for text in expected]


def test_a_spreadsheet_knows_that_it_is_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    write_spreadsheet(path, CONTACTS)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert "近94天没有支出" in path.read_text(encoding="utf-8-sig")
