# %% [markdown]
# # Who is about to leave?
# Data frames become a bank; a model learns from past snapshots, is calibrated, tested and registered.

# %%
import sys
from pathlib import Path

from experiments.notebook.bank import frames, settings
from training import Workbench

work = Path(sys.argv[1])
bank = Workbench.of(work / "bank", frames(work), settings(work))

# %% The bank's own rules first: nothing is learned from data that breaks one.
broken = bank.check()
print(broken if len(broken) else "every rule is kept")

# %% Features as of every snapshot; only what is not there yet is computed.
bank.build()
snapshot = bank.spec.snapshots.all()[-1]
print(bank.features(snapshot).describe().T.head())

# %% The outcome: how many left in each label window.
labels = bank.labels("churn")
print(labels.groupby("snapshot_date")["churn"].agg(["size", "sum", "mean"]))

# %% Train, calibrate on a later slice, test on the newest, register in MLflow.
result = bank.train("churn")
for name in ("roc_auc", "average_precision", "calibration_error"):
    print(f"{name:20} {result.metrics[name]:.4f}")
print(bank.models())
