"""Why an action was chosen: the features that spoke for it most, told in sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.spec import Product
from features.wording import Sentence, Teller, Value, teller
from serving.decision.actions import Action
from serving.decision.wording import Wording

MOST_REASONS: Final = 3
NONE: Final = -1

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Reason:
    """A feature that spoke for an action, what it is about, and how it is told.

    `contribution` is how far it moved the log-odds; None where no model chose.
    """

    feature: str
    concept: str
    contribution: float | None
    said: Sentence


Reasons = tuple[Reason, ...]


@dataclass(frozen=True)
class _Tellable:
    """What can be told of features, by their places: `concepts` of them; whether one can be told at all, and
    only where its value is known; shape (names,).
    """

    concepts: tuple[Places, ...]
    told: Flags
    known_only: Flags


class Narrator:
    """Tells reasons and talking points at one bank; without state but for phrases already looked up."""

    def __init__(self, wording: Wording, products: Mapping[str, Product]) -> None:
        self._wording = wording
        self._products = products
        self._tellers: dict[str, Teller | None] = {}
        self._tellable: dict[tuple[str, ...], _Tellable] = {}

    def from_contributions(
        self, features: pa.Table, names: Sequence[str], contributions: Numbers
    ) -> list[Reasons]:
        """Up to three reasons a customer, the strongest first.

        `contributions` (customers, names) says how far each named feature moved the model's log-odds. They
        are added up by concept; of each concept that speaks for the action, its strongest feature is told.
        """
        places = self._choose(features, names, contributions)
        found: list[list[Reason | None]] = [[None] * places.shape[1] for _ in range(len(places))]
        for column in np.unique(places[places != NONE]):
            customers, ranks = np.nonzero(places == column)
            said = self._say(features, names[column], customers)
            for customer, rank, sentence in zip(customers, ranks, said, strict=True):
                if sentence is not None:
                    found[customer][rank] = self._reason(
                        names[column], sentence, float(contributions[customer, column])
                    )
        return [tuple(reason for reason in row if reason is not None) for row in found]

    def from_features(self, features: pa.Table, names: Sequence[str]) -> list[Reasons]:
        """What the named features say of each customer, for actions that no model chose."""
        everyone = np.arange(features.num_rows)
        found: list[list[Reason]] = [[] for _ in everyone]
        for name in names:
            for reasons, sentence in zip(found, self._say(features, name, everyone), strict=True):
                if sentence is not None:
                    reasons.append(self._reason(name, sentence, None))
        return [tuple(reasons) for reasons in found]

    def talking_point(self, action: Action, reasons: Reasons) -> Sentence:
        """One sentence that a teller can say."""
        product = self._products.get(action.product or "")
        keys = [action.id] if action.id != action.group else []
        keys += [f"{action.group}.{reason.concept}" for reason in reasons[:1]]
        keys += [f"{action.group}.{product.category}"] if product else []
        points = self._wording.talking_points
        point = next((points[key] for key in keys if key in points), points[action.group])
        return Sentence(
            en=point.en.format(product=action.name_en), zh=point.zh.format(product=action.name_zh)
        )

    def joined(self, reasons: Reasons) -> Sentence:
        """All reasons in one line; what stands where there is none."""
        said = [reason.said for reason in reasons] or [self._wording.nothing_stands_out]
        return Sentence(en="; ".join(one.en for one in said), zh="；".join(one.zh for one in said))

    def _reason(self, feature: str, said: Sentence, contribution: float | None) -> Reason:
        told = self._teller(feature)
        return Reason(feature, told.concept if told else "", contribution, said)

    def _teller(self, feature: str) -> Teller | None:
        if feature not in self._tellers:
            self._tellers[feature] = teller(self._wording.features, feature, self._products)
        return self._tellers[feature]

    def _say(self, features: pa.Table, name: str, customers: Places) -> list[Sentence | None]:
        """A feature's sentence for each of some customers; equal values are worded once."""
        told = self._teller(name)
        if told is None or name not in features.column_names:
            return [None] * len(customers)
        values = _values(features, name, customers)
        said = {value: told.say(value) for value in set(values)}
        return [said[value] for value in values]

    def _choose(self, features: pa.Table, names: Sequence[str], contributions: Numbers) -> Places:
        """Shape (customers, MOST_REASONS): places in `names`, -1 where there are fewer."""
        tellable = self._of(tuple(names))
        telling = _telling(features, names, contributions, tellable)
        weight = np.full((max(len(tellable.concepts), MOST_REASONS), len(contributions)), -np.inf)
        strongest = np.full(weight.shape, NONE)
        for row, columns in enumerate(tellable.concepts):
            part, can = contributions[:, columns], telling[:, columns]
            best = np.argmax(np.where(can, part, -np.inf), axis=1)
            # Not sum(): its order of addition, and with it the last bit, depends on the number of customers.
            net = np.cumsum(part, axis=1)[:, -1]
            speaks = can.any(axis=1) & (net > 0)
            weight[row] = np.where(speaks, net, -np.inf)
            strongest[row] = np.where(speaks, columns[best], NONE)
        order = np.argsort(-weight, axis=0, kind="stable")[:MOST_REASONS]
        return np.asarray(np.take_along_axis(strongest, order, axis=0).T)

    def _of(self, names: tuple[str, ...]) -> _Tellable:
        """Looked up once for a model: it costs as much as choosing."""
        if names not in self._tellable:
            tellers = [self._teller(name) for name in names]
            concepts: dict[str, list[int]] = {}
            for place, told in enumerate(tellers):
                if told is not None:
                    concepts.setdefault(told.concept, []).append(place)
            self._tellable[names] = _Tellable(
                concepts=tuple(np.array(places) for places in concepts.values()),
                told=np.array([told is not None for told in tellers], dtype=np.bool_),
                known_only=np.array([bool(told and not told.phrase.missing) for told in tellers]),
            )
        return self._tellable[names]


def _telling(features: pa.Table, names: Sequence[str], contributions: Numbers, tellable: _Tellable) -> Flags:
    """Shape (customers, names): what speaks for the action and can be told."""
    places = {name: place for place, name in enumerate(features.column_names)}
    telling = (contributions > 0) & tellable.told & np.array([name in places for name in names])
    for place in np.flatnonzero(telling.any(axis=0) & tellable.known_only).tolist():
        column = features.column(places[names[place]])
        telling[:, place] &= ~column.is_null(nan_is_null=True).to_numpy()
    return np.asarray(telling)


def _values(features: pa.Table, name: str, customers: Places) -> list[Value]:
    found: list[Value] = features[name].take(pa.array(customers)).to_pylist()
    return [None if value != value else value for value in found]  # noqa: PLR0124 - NaN is not itself
