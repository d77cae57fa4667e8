"""How many customers it takes to know an effect well enough."""

from math import ceil

from scipy import stats

from serving.estimation.intervals import CONFIDENCE


def customers_needed(
    treated: tuple[int, int], held_out: tuple[int, int], precision: float, confidence: float = CONFIDENCE
) -> int:
    """Further customers, of both arms in their present ratio, until the interval's half width is `precision`.

    Arms are (successes, customers), customers at least 1. Rates are drawn towards a half by two successes and
    two failures (Agresti & Coull 1998), so that no event at all is not taken for certainty. The difference of
    two proportions has variance p(1-p)/n + q(1-q)/m.
    """
    z = float(stats.norm.ppf((1 + confidence) / 2))
    present = treated[1] + held_out[1]
    variance = sum(_spread(*arm) * present / arm[1] for arm in (treated, held_out))
    return max(ceil(z**2 * variance / precision**2) - present, 0)


def _spread(successes: int, trials: int) -> float:
    rate = (successes + 2) / (trials + 4)
    return rate * (1 - rate)
