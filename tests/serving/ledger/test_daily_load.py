"""A channel makes no more contacts a day than it can, whoever decides; every decision can be made again."""

from dataclasses import replace
from datetime import date, timedelta
from threading import Thread
from typing import Any

import pytest

from serving.decision.decide import decide
from serving.decision.request import Request
from serving.decision_table import decision_table
from serving.ledger.daily_load import DailyLoad, contacts
from serving.ledger.read import decisions
from serving.ledger.recorder import Recorder, open_recorder
from serving.ledger.replay import replay_all

TODAY = date(2024, 1, 15)
CHANNELS = {"app": {"cost": 0.5, "weight": 0.5}, "call": {"cost": 1.0, "daily_capacity": 3}}


@pytest.fixture
def setting(setting_with: Any) -> Any:
    """Calls are worth more than the app, three a day."""
    return setting_with(channels=CHANNELS, value={"base": 400.0})


def recorder(world: Any, setting: Any) -> Recorder:
    return open_recorder(world.ledger, setting, tuple(world.registry.values()))


def record(world: Any, kept: Recorder, customer: int, asks: str | None = None, day: date = TODAY) -> str:
    """Decide and record as the desk does; returns the channel."""
    models: Any = tuple(world.registry.values())
    decision_id = None
    while decision_id is None:
        request = Request(asks, full=kept.load.known(day))
        customers = decision_table(world.features([customer]), models)
        found = decide(customers, kept.setting.compiled(), day, request)
        decision_id = kept.record(found, request)
    return str(found.compiled.channels[found.ranking.channel[found.winner[0], 0]])


def made(world: Any, channel: str = "call") -> int:
    found = decisions(world.ledger).to_pylist()
    return sum(one["channel"] == channel and one["contacted"] for one in found)


def test_a_day_has_so_many_calls_and_the_rest_go_elsewhere(world: Any, setting: Any) -> None:
    kept = recorder(world, setting)
    channels = [record(world, kept, customer) for customer in range(1, 30)]
    assert made(world) == 3
    assert channels[-1] == "app"
    # Who is held out is not called: their calls do not count.
    assert channels.count("call") >= 3
    # Who calls has somebody at the telephone; tomorrow there are calls again.
    assert record(world, kept, 1, asks="call") == "call"
    assert record(world, kept, 1, day=TODAY + timedelta(days=1)) == "call"
    assert [one.difference for one in replay_all(world.ledger, world.load)] == [None] * 31


def test_it_goes_on_where_another_process_stopped(world: Any, setting: Any) -> None:
    one, other = recorder(world, setting), recorder(world, setting)
    for customer in range(1, 20):
        record(world, [one, other][customer % 2], customer)
    assert made(world) == 3
    # One that starts now counts what was made before.
    assert record(world, recorder(world, setting), 21) == "app"
    assert made(world) == 3


def test_a_decision_made_before_the_channel_filled_up_is_not_appended(world: Any, setting: Any) -> None:
    kept = recorder(world, setting)
    models: Any = tuple(world.registry.values())
    late = decide(decision_table(world.features([1]), models), setting.compiled(), TODAY)
    for customer in range(2, 30):
        record(world, recorder(world, setting), customer)
    before = decisions(world.ledger).num_rows
    assert kept.record(late, Request()) is None
    assert decisions(world.ledger).num_rows == before
    assert kept.load.known(TODAY) == ("call",)


def test_threads_together_make_no_more(world: Any, setting: Any) -> None:
    kept = recorder(world, setting)
    threads = [Thread(target=record, args=(world, kept, customer)) for customer in range(1, 25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (decisions(world.ledger).num_rows, made(world)) == (24, 3)


def test_a_late_decision_of_yesterday_hides_none_of_today(world: Any, setting: Any) -> None:
    """Around midnight days stand side by side: one decided just before may be appended just after."""
    kept, yesterday = recorder(world, setting), TODAY - timedelta(days=1)
    for customer, day in ((1, TODAY), (2, yesterday), (3, TODAY)):
        record(world, kept, customer, asks="call", day=day)
    load = DailyLoad(kept.load.limits)
    with world.ledger.writing() as connection:
        load.full(connection, TODAY)
    today = [one for one in decisions(world.ledger).to_pylist() if one["decided_on"] == TODAY]
    assert load._made["call"] == sum(one["contacted"] for one in today)


def test_without_a_capacity_nothing_is_counted(world: Any) -> None:
    kept = replace(recorder(world, world.setting), load=DailyLoad({}))
    for customer in range(1, 10):
        record(world, kept, customer)
    assert kept.load.known(TODAY) == ()


def test_every_action_done_is_a_contact() -> None:
    done = {"channel": "app", "arm": "treatment", "further": "retain@call service:greet@app"}
    assert contacts(done) == ("app", "call", "app")
    assert contacts({"channel": "app", "arm": "treatment"}) == ("app",)
    assert contacts({**done, "arm": "control"}) == contacts({"channel": None, "arm": "treatment"}) == ()
