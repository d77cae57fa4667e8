"""The whole path on a synthetic bank: what does a newcomer see within three minutes?"""

from datetime import date
from pathlib import Path

from experiments.synth import generate
from features.build import build_features
from features.check import require_valid
from features.errors import GateError
from features.progress import Progress
from features.spec import read_spec
from features.tables import open_bank
from features.vocabulary import Model
from serving.campaign.result import CampaignResult
from serving.campaign.run import run_campaign
from training.pipeline import train

CAMPAIGN_FOLDER = "campaign"


def run_demo(
    folder: Path, *, customers: int, months: int, seed: int, today: date, progress: Progress
) -> CampaignResult:
    """Synthesise a bank into `folder`, replacing one left by an earlier run, and run every stage on it.

    Raises GateError where the bank is too small for its models to pass the gates: no campaign runs on those.
    """
    generate(folder, customers, months, seed, progress, replace=True)
    spec = read_spec(folder)
    require_valid(open_bank(spec), today)
    progress("check", 1, 1)
    build_features(spec, progress, today=today)
    for model in (Model.CHURN, Model.PROPENSITY):
        trained = train(spec, model, progress)
        if not trained.promoted:
            why = "; ".join(trained.notes)
            raise GateError(f"{customers:,} customers are too few for this demo: {model}: {why}")
    newest = spec.snapshots.all()[-1]
    return run_campaign(spec, newest, folder / CAMPAIGN_FOLDER, progress, today=newest)
