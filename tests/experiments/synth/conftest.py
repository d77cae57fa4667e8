"""One small synthetic bank for all of these tests."""

from pathlib import Path

import pytest

from experiments.synth import generate


@pytest.fixture(scope="session")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bank of 6,000 customers over 24 months."""
    out = tmp_path_factory.mktemp("synthetic") / "bank"
    generate(out, customers=6_000, seed=11)
    return out
