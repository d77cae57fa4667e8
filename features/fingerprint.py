"""What features were built from: SHA-256 of the bank's data files, of bank.toml and of our own code."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from features.files import files_named
from features.spec import BankSpec

NOT_LEARNED_FROM = {"folder", "monitoring", "promotion", "owner"}
"""What it may say differently without a model changing."""
NOT_READ_BY_VIEWS = {
    "name",
    "currency",
    "sensitive",
    "churn",
    "window",
    "training",
    "snapshots",
    *NOT_LEARNED_FROM,
}
"""What bank.toml may say differently without a single feature changing."""
NOT_BUILT_FROM: Final[dict[str, Any]] = {
    **dict.fromkeys(NOT_READ_BY_VIEWS - {"sensitive", "snapshots"}, True),
    "products": {"__all__": {"name_en", "name_zh", "attributes", "expected_share"}},
}
"""What it may say differently without features having to be built anew: training reads it itself."""


def fingerprint_data(spec: BankSpec) -> str:
    """Of every data file's table, name and bytes, read in blocks; where the folder lies does not count."""
    return _digest(
        f"{name} {file.name} {_file_digest(file)}"
        for name, table in sorted(spec.tables.items())
        for file in files_named(spec.folder, table.path)
    )


def fingerprint_bank(spec: BankSpec, data: str) -> str:
    """Of the data files and of all of bank.toml that a model depends on, however it is laid out."""
    return _digest([data, spec.model_dump_json(exclude=NOT_LEARNED_FROM)])


def fingerprint_sources(spec: BankSpec, data: str) -> str:
    """Of the data files and of what bank.toml says that a layout and its partitions come from."""
    return _digest([data, spec.model_dump_json(exclude=NOT_BUILT_FROM)])


def fingerprint_features(spec: BankSpec, data: str) -> str:
    """Of all that a partition's values depend on: data, what views read of bank.toml, and the views.

    The first snapshot counts too: columns are typed by what was known before it.
    """
    first = spec.snapshots.all()[0].isoformat()
    return _digest([data, spec.model_dump_json(exclude=NOT_READ_BY_VIEWS), first, fingerprint_code()])


def fingerprint_code() -> str:
    """Of this floor's own source files: another version of a view builds other features."""
    folder = Path(__file__).parent
    files = sorted(folder.rglob("*.py"))
    return _digest(f"{file.relative_to(folder).as_posix()} {_file_digest(file)}" for file in files)


def _file_digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _digest(parts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()
