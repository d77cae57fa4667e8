"""Entries tell which champion came before, whatever was killed or rolled back between."""

from training.promotion.record import Entry, approver, before


def promoted(version: int, champion: int | None) -> Entry:
    return Entry("promotion", version, champion, "ada", "2024-01-01")


ENTRIES = [
    promoted(1, None),
    promoted(2, 1),
    promoted(4, 2),  # killed before the alias moved: 2 stayed
    Entry("refusal", 3, 2, "ada", "2024-01-02", ("quality",)),
    Entry("approval", 3, None, "bob", "2024-01-02"),
    promoted(3, 2),
    Entry("rollback", 2, 3, "ada", "2024-01-03"),
]


def test_back_goes_further_back_each_time() -> None:
    assert [before(ENTRIES, version) for version in (3, 2, 1)] == [2, 1, None]


def test_who_approved() -> None:
    assert (approver(ENTRIES, 3), approver(ENTRIES, 2)) == ("bob", None)


def test_a_row_tells_what_failed() -> None:
    assert [entry.as_row()["failed"] for entry in ENTRIES[2:4]] == ["", "quality"]
