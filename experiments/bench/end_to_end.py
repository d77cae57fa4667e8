"""From raw tables to a campaign list: how long, and in how much memory?"""

from pathlib import Path

from experiments.bench.board import Line
from experiments.bench.measure import Run, apart
from experiments.synth import generate
from features.build import build_features
from features.check import require_valid
from features.progress import silent
from features.spec import read_spec
from features.tables import open_bank
from features.vocabulary import Model
from serving.campaign.run import run_campaign
from training.pipeline import train

AIM_SECONDS, AIM_GIB = 300.0, 6.0
SYNTH_AIM_SECONDS, SYNTH_AIM_GIB = 120.0, 4.0
AIM_CUSTOMERS = 100_000
GIB = 1024**3


def measure(folder: Path, customers: int) -> list[Line]:
    """Every stage in a process of its own, on all monthly snapshots."""
    made = apart(synthesise, folder, customers)
    stages = {
        "check": apart(check, folder),
        "features": apart(build, folder),
        **{f"train {model}": apart(learn, folder, str(model)) for model in (Model.CHURN, Model.PROPENSITY)},
        "campaign": apart(choose, folder),
    }
    seconds = sum(run.seconds for run in stages.values())
    peak = max(run.peak_bytes for run in stages.values()) / GIB
    share = customers / AIM_CUSTOMERS
    spent = ", ".join(
        f"{name} {run.seconds:.0f} s {run.peak_bytes / GIB:.1f} GiB" for name, run in stages.items()
    )
    what = f"{customers:,} customers"
    against = f"the aim, {share:g} of 100,000's"
    return [
        Line(f"synthesise {what}", made.seconds, SYNTH_AIM_SECONDS * share, "s", against, _gib(made)),
        Line(f"{what}, end to end", seconds, AIM_SECONDS * share, "s", against, spent),
        Line(f"{what}, peak memory", peak, AIM_GIB, "GiB", "the aim for 100,000", f"synth {_gib(made)}"),
    ]


def _gib(run: Run) -> str:
    return f"{run.peak_bytes / GIB:.2f} GiB of {SYNTH_AIM_GIB:g}"


def synthesise(folder: Path, customers: int) -> None:
    """The bank, over 24 months."""
    generate(folder, customers=customers)


def check(folder: Path) -> None:
    """Validate every table."""
    spec = read_spec(folder)
    require_valid(open_bank(spec), spec.snapshots.all()[-1])


def build(folder: Path) -> None:
    """Every view at every snapshot."""
    spec = read_spec(folder)
    build_features(spec, silent, today=spec.snapshots.all()[-1])


def learn(folder: Path, model: str) -> None:
    """Train and register one model."""
    train(read_spec(folder), Model(model), silent)


def choose(folder: Path) -> None:
    """Score, decide, select, explain, write."""
    spec = read_spec(folder)
    run_campaign(spec, spec.snapshots.all()[-1], folder / "campaign", silent)
