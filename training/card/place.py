"""Where a version's card can be read."""

from pathlib import Path

from features.spec import BankSpec
from features.tracking import own_copy, registered_name
from features.vocabulary import Model
from training.card.card import CARD_PAGE
from training.registry import open_client


def page_of(spec: BankSpec, model: Model, number: int) -> Path | None:
    """The page on this machine; None where an MLflow server keeps it."""
    uri = open_client(spec).get_model_version_download_uri(registered_name(spec, model), str(number))
    page = own_copy(spec, uri) / CARD_PAGE
    return page if page.is_file() else None
