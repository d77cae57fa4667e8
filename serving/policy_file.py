"""Reading `policy.toml`: the bank's own, or the default that comes with the product."""

import tomllib
from importlib.resources import files
from pathlib import Path

import pyarrow as pa

from features.errors import BadInputError
from features.spec import BankSpec, parse
from features.vocabulary import Table
from serving.decision.compiled import CompiledPolicy, compile_policy
from serving.decision.policy import Policy

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

    Raises BadInputError naming the file, the key and the nearest known key.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInputError(f"{path}: not valid TOML: {error}") from error
    return parse(Policy, raw, path)


def compile_for(spec: BankSpec, policy: Policy, schema: pa.Schema) -> CompiledPolicy:
    """The policy made ready for a bank whose customers have the columns of `schema`.

    Raises BadInputError naming the rule and the place in it, or the scope, product or column not known.
    """
    recorded = Table.CONSENTS in spec.tables
    return compile_policy(policy, spec.products, schema, consents_recorded=recorded, bank=spec.name)
