# %% [markdown]
# # How far can the model be trusted?
# It is trained as of past snapshots, tested on the next, and held beside rules that a bank uses already.

# %%
import sys
from pathlib import Path

from experiments.notebook.bank import frames, settings
from training import Workbench

work = Path(sys.argv[1])
bank = Workbench.of(work / "bank", frames(work), settings(work)).build()

# %% Two test snapshots, each figure with an interval over customers.
found = bank.backtest("churn", folds=2, draws=50)
by_snapshot = found.snapshots.pivot(index="snapshot", columns="metric", values="value")
print(by_snapshot[["roc_auc", "average_precision", "calibration_error"]].round(4))

# %% How far the model is ahead of simple rules on the same rows: an interval above 0 tells.
ahead = found.rules[found.rules["metric"] == "average_precision"]
print(ahead.round(4))

# %% What there is to be careful about.
print("\n".join(found.notes))
