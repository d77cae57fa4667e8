"""The files that a path of bank.toml names."""

from pathlib import Path


def files_named(folder: Path, path: str) -> list[Path]:
    """Files in order of name; `path` may be a glob, absolute, or relative to `folder`.

    Raises ValueError for a pattern that is none.
    """
    anchor = Path(path).anchor
    root = Path(anchor) if anchor else folder
    return sorted(file for file in root.glob(path.removeprefix(anchor)) if file.is_file())
