"""The address of a database as a bank gives it, with the driver that we install."""


def with_driver(url: str) -> str:
    """`postgres://` and `postgresql://` by psycopg, in place of SQLAlchemy's default; others as they are."""
    url = url.replace("postgres://", "postgresql://", 1) if url.startswith("postgres://") else url
    if url.startswith("postgresql://"):
        return url.replace("postgresql://", "postgresql+psycopg://", 1)
    return url
