"""Entries tell which champion came before, whatever was killed or rolled back between."""

from training.promotion.record import Entry, approver, before


def promoted(version: int, champion: int | None) -> Entry:
    return Entry("promotion", version, champion, "ada", "2024-01-01")


def rolled_back(version: int, champion: int) -> Entry:
    return Entry("rollback", version, champion, "ada", "2024-01-03")


ENTRIES = [
    promoted(1, None),
    promoted(2, 1),
    promoted(4, 2),  # killed before the alias moved: 2 stayed
    Entry("refusal", 3, 2, "ada", "2024-01-02", ("quality",)),
    Entry("approval", 3, None, "bob", "2024-01-02"),
    promoted(3, 2),
    rolled_back(2, 3),
]


def back_from(entries: list[Entry], champion: int) -> list[int]:
    """Roll back as often as there is anything before."""
    entries, gone = list(entries), []
    while (number := before(entries, champion)) is not None:
        entries.append(rolled_back(number, champion))
        gone.append(champion := number)
        assert len(gone) < 10, "it goes round in circles"
    return gone


def test_back_goes_further_back_each_time() -> None:
    assert before(ENTRIES[:-1], 3) == 2
    assert back_from(ENTRIES, 2) == [1]


def test_one_that_was_champion_twice_is_come_back_to_twice() -> None:
    """1, 2, 1 again: 2 came before the second time and nothing before the first."""
    log = [promoted(1, None), promoted(2, 1), promoted(1, 2)]
    assert back_from(log, 1) == [2, 1]
    assert back_from([*log, rolled_back(2, 1), promoted(3, 2)], 3) == [2, 1]


def test_what_was_killed_before_the_champion_changed_did_not_happen() -> None:
    log = [promoted(1, None), promoted(2, 1), promoted(1, 2)]
    assert back_from([*log, rolled_back(2, 1)], 1) == [2, 1]
    assert back_from([*log, rolled_back(2, 1), promoted(3, 1)], 3) == [1, 2, 1]
    assert back_from([*log, promoted(2, 1), Entry("refusal", 4, 1, "ada", "2024-01-02")], 1) == [2, 1]


def test_a_champion_that_no_entry_tells_of_is_the_first() -> None:
    assert (before([], 3), back_from([promoted(4, 3)], 4)) == (None, [3])


def test_of_two_servers_promotions_at_once_whichever_came_last_is_on_top() -> None:
    log = [promoted(1, None), promoted(2, 1), promoted(3, 1)]
    assert (back_from(log, 2), back_from(log, 3)) == ([1], [1])


def test_who_approved() -> None:
    assert (approver(ENTRIES, 3), approver(ENTRIES, 2)) == ("bob", None)


def test_a_row_tells_what_failed() -> None:
    assert [entry.as_row()["failed"] for entry in ENTRIES[2:4]] == ["", "quality"]
