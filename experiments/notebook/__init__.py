"""One example a task, as a notebook of cells: `python -m experiments.notebook.churn WORK`.

Each runs by itself in the folder WORK; what another has computed there is used again.
"""
