"""Which revision of this code is running."""

import shutil
import subprocess
from pathlib import Path


def git_revision(file: Path = Path(__file__)) -> str | None:
    """The commit that `file` is tracked in, with "-dirty" if the tree differs from it; None outside git."""
    git = shutil.which("git")
    if git is None:
        return None
    # An installed copy may lie inside somebody else's repository: then the commit is not ours.
    if _run(git, file, "ls-files", "--error-unmatch", file.name) is None:
        return None
    return _run(git, file, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")


def _run(git: str, file: Path, *arguments: str) -> str | None:
    command = [git, "-C", str(file.parent), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    return done.stdout.strip() if done.returncode == 0 else None
