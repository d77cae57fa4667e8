"""The address of a database as a bank gives it, with the driver that we install."""


def with_driver(url: str) -> str:
    """`postgres://` and `postgresql://` by psycopg, in place of SQLAlchemy's default; others as they are."""
    for scheme in ("postgres://", "postgresql://"):
        if url.startswith(scheme):
            return f"postgresql+psycopg://{url.removeprefix(scheme)}"
    return url
