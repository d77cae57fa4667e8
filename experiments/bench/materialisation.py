"""How fast does a snapshot go online?"""

from experiments.bench.board import Line
from experiments.bench.measure import fastest
from experiments.bench.subject import TODAY
from features.layout import load_layout
from features.online_file import online_path
from features.progress import silent
from features.spec import BankSpec
from features.store import open_store

AIM = 10_000.0


def measure(spec: BankSpec) -> list[Line]:
    """Every feature of every customer at the newest snapshot, into SQLite."""
    layout = load_layout(spec)
    store = open_store(spec, layout)
    customers = 0

    def materialise() -> None:
        nonlocal customers
        # What is online already is not written again.
        online_path(spec.state).unlink(missing_ok=True)
        customers = store.materialise(TODAY, silent)

    seconds = fastest(materialise, times=2)
    note = f"{customers:,} customers, {len(layout.features())} features"
    return [Line("materialisation", customers / seconds, AIM, "customers/s", "the aim", note)]
