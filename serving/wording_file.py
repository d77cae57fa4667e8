"""Reading the wording that comes with the product."""

import tomllib
from importlib.resources import files
from pathlib import Path

from features.spec import parse
from features.wording_file import load_phrases
from serving.decision.wording import Wording


def load_wording() -> Wording:
    """How features and actions are told, in English and Chinese."""
    path = Path(str(files("serving") / "wording.toml"))
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    return parse(Wording, {**raw, "features": load_phrases().model_dump()}, path)
