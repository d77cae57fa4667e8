"""The mix and the rates as the template lays them out."""

from serving.campaign.result import Exposure, Mix
from serving.report.parts import COLOURS, REST, exposure_rows, mix_bars


def name(id_: str) -> tuple[str, str]:
    return id_.title(), ""


def test_bars_add_up_and_the_most_frequent_have_colours() -> None:
    cells = [Mix(by="tier", group="low", action=f"a{place}", contacts=20 - place) for place in range(10)]
    cells.append(Mix(by="kind", group="company", action="a0", contacts=20))
    found = mix_bars(cells, name)
    tier, kind = found["bars"]
    assert (tier["by"], tier["contacts"], kind["by"]) == ("tier", 155, "kind")
    assert sum(part["share"] for part in tier["parts"]) == 1.0
    assert [part["colour"] for part in tier["parts"]] == [*COLOURS, REST, REST]
    assert kind["parts"] == [{"colour": COLOURS[0], "share": 1.0, "title": "A0 20"}]
    assert len(found["legend"]) == len(COLOURS) + 1


def test_nothing_has_no_bars() -> None:
    assert mix_bars([], name) == {"bars": [], "legend": []}
    assert exposure_rows([], name) == []


def test_rates_are_drawn_against_the_highest() -> None:
    half = Exposure(attribute="sex", group="f", customers=4, contacted=1, rate=0.25, ratio=2.0, uneven=False)
    rows = exposure_rows([half, half.model_copy(update={"rate": 0.5, "ratio": 1.0})], name)
    assert [row["length"] for row in rows] == [0.5, 1.0]
    assert rows[0]["group"] == ("F", "")
