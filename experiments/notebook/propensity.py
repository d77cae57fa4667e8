# %% [markdown]
# # What would each customer take next?
# One model a product, and how well the products of a customer are ranked.

# %%
import sys
from pathlib import Path

import pandas as pd

from experiments.notebook.bank import frames, settings
from training import Workbench

work = Path(sys.argv[1])
bank = Workbench.of(work / "bank", frames(work), settings(work)).build()

# %% Openings a product; NaN where it is held already.
labels = bank.labels("propensity")
products = [name for name in labels if name in bank.spec.products]
print(pd.DataFrame({"openings": labels[products].sum(), "could have": labels[products].notna().sum()}))

# %% Products with too few openings say in a note what they are scored by.
result = bank.train("propensity")
print("\n".join(result.notes))

# %% The ranking within a customer, and each product's own discrimination.
ranking = {name: value for name, value in result.metrics.items() if name.startswith(("map_at", "recall_at"))}
own = {name: value for name, value in result.metrics.items() if name.endswith("/roc_auc")}
print(pd.Series(ranking | own).round(4))
