"""Feast without checks of its own calls, in a process of its own: what is imported already stays as it is."""

import subprocess
import sys

TOLD = """
import typeguard

asked = []
typeguard.typechecked = lambda target: asked.append(target) or target
checked = typeguard.typechecked

from features import feast_unchecked

assert not asked, asked
assert typeguard.typechecked is checked
print(feast_unchecked.Entity.__name__)
"""


def test_nothing_of_feast_is_compiled_anew_and_others_are_checked_as_before() -> None:
    found = subprocess.run([sys.executable, "-c", TOLD], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout.strip()) == (0, "Entity"), found.stderr
