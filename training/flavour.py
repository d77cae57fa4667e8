"""MLflow's own description of a model, so that its pages and tools know it as LightGBM's."""

import warnings
from pathlib import Path

import lightgbm as lgb

from training.artifact import TrainedModel, primary


def save_flavour(trained: TrainedModel, folder: Path) -> None:
    """Write the signature with the ordered feature names, and the primary booster where there is one.

    `folder` is made; Nextbest's own files go beside it afterwards.
    """
    import mlflow.lightgbm
    from mlflow.models import Model as Description
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema

    inputs = [ColSpec(DataType.double, name) for name in trained.contract.names]
    outputs = [ColSpec(DataType.double, head.name) for head in trained.heads]
    signature = ModelSignature(inputs=Schema(inputs), outputs=Schema(outputs))
    first = primary(trained.heads)
    if first is None:
        folder.mkdir()
        Description(signature=signature).save(str(folder / "MLmodel"))
        return
    requirements = [f"lightgbm=={lgb.__version__}"]
    with warnings.catch_warnings():
        # MLflow imports more of itself here, and warns of its own type hints.
        warnings.filterwarnings("ignore", message=".*Any type hint is inferred", category=UserWarning)
        mlflow.lightgbm.save_model(first.booster, folder, signature=signature, pip_requirements=requirements)
