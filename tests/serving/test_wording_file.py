"""The wording that comes with the product can be said of every product, and tells features."""

import re

from serving.decision.reasons import Narrator
from serving.wording_file import load_wording


def test_talking_points_can_be_said_of_every_product() -> None:
    for point in load_wording().talking_points.values():
        for text in (point.en, point.zh):
            assert not re.search(r"[{}]", text.format(product="card"))


def test_it_tells_reasons() -> None:
    assert Narrator(load_wording(), {}).joined(()).zh == "无突出特征，按平均水平估计"


def test_a_talking_point_of_a_concept_is_of_one_that_features_have() -> None:
    wording = load_wording()
    concepts = {phrase.concept for phrase in wording.features.phrases}
    named = {key.partition(".")[2] for key in wording.talking_points if key.startswith("retain.")}
    assert named <= concepts
