# %% [markdown]
# # May the challenger take the champion's place?
# Both are held to the same gates on the same rows; what decided is remembered, and can be taken back.

# %%
import sys
from pathlib import Path

import pandas as pd

from experiments.notebook.bank import frames, settings
from training import Workbench
from training.promotion.promote import RefusedError

work = Path(sys.argv[1])
bank = Workbench.of(work / "bank", frames(work), settings(work)).build()
for _ in range(2):  # a bank's first model becomes the champion if it passes; the next one challenges it
    bank.train("churn")

# %% Champion beside challenger, each by its own test.
print(bank.compare("churn").round(4))

# %% The gates: what was measured, with its interval, and what it may be.
try:
    gates = bank.promote("churn")
except RefusedError as refused:
    gates = pd.DataFrame(refused.promotion.rows())
print(gates.to_string())

# %% Should the new champion disappoint, one line brings back the one before; everything is remembered.
if gates["passed"].all():
    bank.rollback("churn")
print(bank.history("churn"))
