"""Writing a campaign's folder: whole or not at all, and never over something else."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv

from features.errors import BadInputError
from serving.campaign.result import CampaignResult
from serving.outputs import require_writable

MANIFEST: Final = "manifest.json"
UTF8_MARK: Final = b"\xef\xbb\xbf"
"""Without it spreadsheets take Chinese for another encoding."""

FORMULA: Final = "^([=+@\t\r\n＝＋＠－-])"
"""What makes a spreadsheet calculate a text; the full-width signs do so too."""


def check_folder(out: Path) -> None:
    """Refuse to replace what is not a campaign, and a place that cannot be written.

    Raises BadInputError.
    """
    if out.exists() and not out.is_dir():
        raise BadInputError(f"{out}: expected a folder, found a file")
    if out.is_dir() and any(out.iterdir()) and not (out / MANIFEST).is_file():
        raise BadInputError(f"{out}: holds something other than a campaign; choose an empty or new folder")
    require_writable(out)


def write_campaign(
    out: Path, campaign: CampaignResult, fingerprint: str, write_page: Callable[[Path], None]
) -> None:
    """Write list, holdout, summary, report (by `write_page`) and manifest aside, then put them in place.

    `fingerprint` is that of the data. The same campaign gives the same bytes.
    """
    check_folder(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    aside, before = (out.with_name(f".{out.name}.{what}") for what in ("partial", "before"))
    if before.is_dir() and not out.exists():
        before.rename(
            out
        )  # a process was killed between taking the old one away and putting the new one there
    for left_over in (aside, before):
        shutil.rmtree(left_over, ignore_errors=True)
    aside.mkdir()
    try:
        pq.write_table(campaign.contacts, aside / "list.parquet")
        pq.write_table(campaign.held_out, aside / "holdout.parquet")
        write_spreadsheet(aside / "list.csv", campaign.contacts)
        summary = campaign.summary.model_dump_json(indent=1)
        (aside / "summary.json").write_text(summary, encoding="utf-8")
        write_page(aside / "report.html")
        manifest = json.dumps(_manifest(aside, campaign, fingerprint), indent=1)
        (aside / MANIFEST).write_text(manifest, encoding="utf-8")
        _replace(out, aside, before)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _replace(out: Path, aside: Path, before: Path) -> None:
    """Put the new folder in place of the old one, which comes back if that fails."""
    if out.exists():
        out.rename(before)
    try:
        aside.rename(out)
    except OSError:
        if before.is_dir():
            before.rename(out)
        raise
    shutil.rmtree(before, ignore_errors=True)


def write_spreadsheet(path: Path, table: pa.Table) -> None:
    """A CSV that a spreadsheet opens as it is: texts that it would calculate get an apostrophe in front.

    So do the columns' names.
    """
    for place, name in enumerate(table.column_names):
        if pa.types.is_string(table[name].type) or pa.types.is_large_string(table[name].type):
            safe = pc.replace_substring_regex(table[name], FORMULA, r"'\1")
            table = table.set_column(place, name, safe)
    table = table.rename_columns([re.sub(FORMULA, r"'\1", name) for name in table.column_names])
    with path.open("wb") as sink:
        sink.write(UTF8_MARK)
        csv.write_csv(table, sink)


def _manifest(folder: Path, campaign: CampaignResult, fingerprint: str) -> dict[str, Any]:
    summary = campaign.summary
    return {
        "bank": summary.bank,
        "snapshot": summary.snapshot.isoformat(),
        "decided_on": summary.decided_on.isoformat(),
        "model_versions": summary.model_versions,
        "policy_version": summary.policy_version,
        "data_fingerprint": fingerprint,
        "files": {
            file.name: {"sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "bytes": file.stat().st_size}
            for file in sorted(folder.iterdir())
        },
    }
