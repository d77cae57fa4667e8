"""Whether a model may be promoted: no worse than the champion, and its probabilities can be trusted."""

from collections.abc import Mapping

CALIBRATION_ERROR_MOST = 0.05
TOLERANCE = 0.02
"""How far a challenger may fall behind, relatively: differences this small are chance."""


def failures(
    challenger: Mapping[str, float], champion: Mapping[str, float] | None, same_rows: bool
) -> list[str]:
    """What keeps `challenger` from being promoted, a sentence each; nothing if it passes.

    Both are metrics as `evaluate` gives them. Tested on the same rows the two are compared by log loss and
    average precision; on different rows only by how far each beats its own base rates.
    """
    if "qini" in challenger:
        return _uplift(challenger, champion if same_rows else None)
    found = [*_calibration(challenger), *_base_rates(challenger)]
    if champion is None:
        return found
    return [
        *found,
        *(_on_same_rows(challenger, champion) if same_rows else _on_other_rows(challenger, champion)),
    ]


def _uplift(challenger: Mapping[str, float], champion: Mapping[str, float] | None) -> list[str]:
    """Uplift has no outcome to be calibrated against; its ranking has to bring more than a random one."""
    one, two = challenger["qini"], champion["qini"] if champion else 0.0
    if one <= 0:
        return [f"Qini coefficient {one:.5f}: no better than contacting at random"]
    if one < two * (1 - TOLERANCE):
        return [f"Qini coefficient {one:.5f}, the champion's {two:.5f}"]
    return []


def _calibration(metrics: Mapping[str, float]) -> list[str]:
    error = metrics.get("calibration_error")
    if error is None:
        return ["it was never tested: no test rows"]
    if error > CALIBRATION_ERROR_MOST:
        return [f"calibration error {error:.4f} exceeds {CALIBRATION_ERROR_MOST}"]
    return []


def _base_rates(metrics: Mapping[str, float]) -> list[str]:
    loss, constant = metrics.get("log_loss"), metrics.get("log_loss_of_base_rates")
    if loss is None or constant is None or loss <= constant * (1 + TOLERANCE):
        return []
    return [f"log loss {loss:.4f} is worse than {constant:.4f}, that of the base rates alone"]


def _on_same_rows(challenger: Mapping[str, float], champion: Mapping[str, float]) -> list[str]:
    found = []
    if challenger["log_loss"] > champion["log_loss"] * (1 + TOLERANCE):
        found.append(f"log loss {challenger['log_loss']:.4f}, the champion's {champion['log_loss']:.4f}")
    one, two = challenger.get("average_precision", 0.0), champion.get("average_precision", 0.0)
    if one < two * (1 - TOLERANCE):
        found.append(f"average precision {one:.4f}, the champion's {two:.4f}")
    return found


def _on_other_rows(challenger: Mapping[str, float], champion: Mapping[str, float]) -> list[str]:
    one, two = _skill(challenger), _skill(champion)
    if one < two - TOLERANCE:
        return [f"explains {one:.1%} of its base rates' log loss, the champion {two:.1%} of its own"]
    return []


def _skill(metrics: Mapping[str, float]) -> float:
    return 1 - metrics["log_loss"] / metrics["log_loss_of_base_rates"]
