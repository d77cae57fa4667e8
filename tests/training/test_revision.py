"""The revision is that of our own file, or none."""

import shutil
import subprocess
from pathlib import Path

import pytest

from training.revision import git_revision

GIT = shutil.which("git")


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Test", "-c", "user.email=test@localhost"]
    command = [str(GIT), "-C", str(folder), *who, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.skipif(GIT is None, reason="git is not installed")
def test_a_tracked_file_has_its_commit_and_an_untracked_one_none(tmp_path: Path) -> None:
    file = tmp_path / "code.py"
    file.write_text("1")
    git(tmp_path, "init", "-q")
    assert git_revision(file) is None
    git(tmp_path, "add", "code.py")
    git(tmp_path, "commit", "-qm", "first")
    assert git_revision(file) == git(tmp_path, "rev-parse", "HEAD")
    file.write_text("2")
    assert git_revision(file) == git(tmp_path, "rev-parse", "HEAD") + "-dirty"


def test_outside_git_there_is_none(tmp_path: Path) -> None:
    assert git_revision(tmp_path / "code.py") is None


def test_without_git_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert git_revision() is None
