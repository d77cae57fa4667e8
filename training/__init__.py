"""Labels, datasets, fit, calibrate, evaluate, register: from features to a trusted model.

From a notebook: `from training import Workbench`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from training.workbench import Workbench

__all__ = ["Workbench"]


def __getattr__(name: str) -> Any:
    """Import the workbench when it is asked for: the command line must not wait for it."""
    if name == "Workbench":
        from training.workbench import Workbench

        return Workbench
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
