"""Print the coverage: `python -m experiments.coverage BANK [REPEATS] [CUSTOMERS]`."""

import sys
from pathlib import Path

from experiments.coverage.bank import known_bank
from experiments.coverage.repeats import impact_coverage, whatif_coverage

folder = Path(sys.argv[1])
repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 200
known = known_bank(folder, int(sys.argv[3]) if len(sys.argv) > 3 else 10_000)
print(f"| of {repeats} repeats, {known.customers.num_rows} customers each | covered |\n|---|---|")
for covered in (
    impact_coverage(known, repeats),
    whatif_coverage(known, repeats, "epsilon"),
    whatif_coverage(known, repeats, "thompson"),
):
    for name, count in covered.items():
        print(f"| {name} | {count / repeats:.1%} |")
