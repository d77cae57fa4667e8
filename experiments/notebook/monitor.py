# %% [markdown]
# # Is the model still right for the customers of today?

# %%
import sys
from pathlib import Path

import pandas as pd

from experiments.notebook.bank import frames, settings
from training import Workbench

work = Path(sys.argv[1])
bank = Workbench.of(work / "bank", frames(work), settings(work)).build()
if bank.models().empty:
    bank.train("churn")

# %% What is beyond the thresholds of [monitoring], if anything is, as of the example bank's last day.
found = bank.monitor(settings(work)["snapshots"]["last"])
print(pd.DataFrame([{"finding": one.en} for one in found.findings]))

# %% Retrain or not, and why.
print("Verdict:", found.verdict.en)
