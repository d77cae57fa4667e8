"""Reading how features are told, as it comes with the product."""

import tomllib
from importlib.resources import files
from pathlib import Path

from features.spec import parse
from features.wording import Phrases


def load_phrases() -> Phrases:
    """What features are called in sentences, in English and Chinese, and what each is about."""
    path = Path(str(files("features") / "wording.toml"))
    return parse(Phrases, tomllib.loads(path.read_text(encoding="utf-8")), path)
