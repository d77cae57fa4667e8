# %% [markdown]
# # Do other parameters do better, and what do they cost at serving time?

# %%
import sys
from pathlib import Path

from experiments.notebook.bank import frames, settings
from training import Workbench

work = Path(sys.argv[1])
bank = Workbench.of(work / "bank", frames(work), settings(work)).build()

# %% A few trials on past snapshots; a later call with more goes on where this one ended.
found = bank.tune("churn", trials=3, folds=1)
trials = found.study.trials_dataframe(attrs=("number", "state", "value", "params"))
print(trials.round(4).T)

# %% What is chosen is the knee of quality and time a row; the next training uses it.
print(found.flat())
print(bank.train("churn").notes)

# %% Champion beside challenger.
print(bank.compare("churn"))
