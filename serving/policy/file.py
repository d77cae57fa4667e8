"""Reading `policy.toml`: the bank's own, or the default that comes with the product."""

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import ValidationError

from features.errors import BadInputError
from features.spec import BankSpec, as_tuples, explained
from features.vocabulary import Table
from serving.decision.compiled import CompiledPolicy, compile_policy
from serving.decision.faults import Key, Origin, PolicyError
from serving.decision.policy import Policy
from serving.policy.lines import line_of_keys

POLICY_FILE = "policy.toml"


def load_policy(spec: BankSpec) -> Policy:
    """The policy in the bank's folder, or the default.

    Raises BadInputError naming the file, the key and the nearest known key.
    """
    path = spec.folder / POLICY_FILE
    return read_policy(path if path.is_file() else default_policy_path())


def default_policy_path() -> Path:
    """Where the default policy lies."""
    return Path(str(files("serving") / "default_policy.toml"))


def read_policy(path: Path) -> Policy:
    """Read one policy file.

    Raises BadInputError with one line per fault: the file, the line, the key, and what is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
        raw = tomllib.loads(text)
    except OSError as error:
        raise BadInputError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BadInputError(f"{path}, line {line}: (whole file): not UTF-8: {error.reason}") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadInputError(_not_toml(path, text, str(error))) from error
    return policy_of(raw, Origin(str(path), line_of_keys(text)))


def policy_of(raw: Mapping[str, Any], origin: Origin) -> Policy:
    """The policy that a file holds.

    Raises BadInputError with one line per fault: the file, the line, the key, and what is wrong.
    """
    try:
        return Policy.model_validate(as_tuples(raw)).read_from(origin)
    except PolicyError as fault:
        raise BadInputError(origin.tell(fault.key, fault.told)) from fault
    except ValidationError as error:
        told = [origin.tell(_key(fault), explained(Policy, fault)) for fault in error.errors()]
        raise BadInputError("\n".join(told)) from error


def compile_for(spec: BankSpec, policy: Policy, schema: pa.Schema) -> CompiledPolicy:
    """The policy made ready for a bank whose customers have the columns of `schema`.

    Raises BadInputError naming the file, the line and the key (or the rule and the place in it) of a scope,
    product or column that is not known.
    """
    try:
        recorded = Table.CONSENTS in spec.tables
        return compile_policy(policy, spec.products, schema, consents_recorded=recorded, bank=spec.name)
    except PolicyError as fault:
        if policy.origin is None:
            raise
        raise BadInputError(policy.origin.tell(fault.key, fault.told)) from fault


def _not_toml(path: Path, text: str, told: str) -> str:
    """Where the text stops being TOML, and the last table or key before that."""
    named = re.search(r"\(at line (\d+), column \d+\)$", told)
    line = int(named[1]) if named else text.count("\n") + 1
    begun = text.split("\n")[:line]
    heads = (one.strip() for one in reversed(begun) if re.match(r"\s*(\[|[\w\"'.-]+\s*=)", one))
    where = re.split(r"\s*=", next(heads, "(whole file)"), maxsplit=1)[0]
    return f"{path}, line {line}: {where[:80]}: not valid TOML: {told}"


def _key(fault: Any) -> Key:
    """A fault's key without pydantic's own additions."""
    return tuple(part for part in fault["loc"] if part != "[key]")
