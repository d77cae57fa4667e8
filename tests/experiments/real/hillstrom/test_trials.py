"""The experiment's arms, taken two by two."""

import pandas as pd

from experiments.real.hillstrom.trials import trials

ROWS = pd.DataFrame(
    {
        "recency": [10, 6, 7, 1],
        "history": [142.0, 329.0, 180.0, 5.0],
        "mens": [1, 1, 0, 0],
        "womens": [0, 1, 1, 1],
        "newbie": [0, 1, 1, 0],
        "zip_code": ["Urban", "Rural", "Urban", "Rural"],
        "channel": ["Web", "Phone", "Web", "Web"],
        "segment": ["Mens E-Mail", "No E-Mail", "Womens E-Mail", "No E-Mail"],
        "visit": [1, 0, 0, 1],
        "conversion": [0, 0, 0, 1],
    }
)


def test_each_email_meets_those_without_any() -> None:
    found = {(email, outcome): trial for email, outcome, trial in trials(ROWS)}
    assert len(found) == 4
    mens = found["Mens E-Mail", "visit"]
    assert mens.treated.tolist() == [True, False, False]
    assert mens.outcome.tolist() == [1, 0, 1]
    assert mens.customer.tolist() == [0, 1, 3]
    assert mens.matrix[0].tolist() == [10, 142, 1, 0, 0, 1, 1]
    assert mens.categorical == (5, 6)
    assert found["Womens E-Mail", "conversion"].outcome.tolist() == [0, 0, 1]
