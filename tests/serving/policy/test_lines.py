"""Lines of keys, for every way TOML has of stating them."""

import tomllib

import pytest

from serving.policy.lines import line_of_keys

TEXT = '''# a comment with [brackets] = and more

version = "1" # line 3
"odd key".inner = 1
list = [
  1, # line 6 belongs to the statement of line 5
  {a = 2},
]
text = """
[not.a.table]
key = 1
"""
[actions.retain]
cost = 1.0
[[rules]]
name = "one"
[[rules]]
name = "two"
  [rules.more]
  deep = true
[contact]
[[contact.caps]]
days = 1
[[contact.caps]]
days = 2'''

LINES = {
    ("version",): 3,
    ("odd key",): 4,
    ("odd key", "inner"): 4,
    ("list", 1, "a"): 5,
    ("text",): 9,
    ("actions",): 13,
    ("actions", "retain", "cost"): 14,
    ("rules", 0): 15,
    ("rules", 0, "name"): 16,
    ("rules", 1, "name"): 18,
    ("rules", 1, "more"): 19,
    ("rules", 1, "more", "deep"): 20,
    ("contact",): 21,
    ("contact", "caps", 0, "days"): 23,
    ("contact", "caps", 1): 24,
    ("contact", "caps", 1, "days"): 25,
}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_key_has_the_line_of_its_statement(end: str) -> None:
    found = line_of_keys(TEXT.replace("\n", end))
    assert {key: found[key] for key in LINES} == LINES
    assert not any("not" in key for key in found)


def test_every_key_there_is_has_a_line() -> None:
    def keys(value: object, at: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
        items = enumerate(value) if isinstance(value, list) else getattr(value, "items", tuple)()
        inner = [keys(one, (*at, name)) for name, one in items]
        return ({at} if at else set()).union(*inner)

    assert keys(tomllib.loads(TEXT)) == set(line_of_keys(TEXT))
