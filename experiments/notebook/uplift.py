# %% [markdown]
# # Whom does a contact change?
# Learned from contacts that were drawn by lot; contacts that cannot tell are refused, with the reason.

# %%
import sys
from pathlib import Path

import pandas as pd

from experiments.notebook.trial import SETTINGS, frames
from training import Workbench

work = Path(sys.argv[1])
tables = frames()
bank = Workbench.of(work / "trial", tables, SETTINGS).build()

# %% The experiment the bank has run: contacts by action and arm.
contacts = tables["contacts"]
print(contacts.groupby(["action", "arm"]).size().unstack())

# %% Every learner competes by Qini on customers that it did not learn from.
result = bank.train("uplift")
print(pd.Series(result.metrics).round(5))
print("\n".join(result.notes))
