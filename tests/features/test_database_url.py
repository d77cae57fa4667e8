import pytest

from features.database_url import with_driver


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("postgres://ada@db/x", "postgresql+psycopg://ada@db/x"),
        ("postgresql://ada@db/x", "postgresql+psycopg://ada@db/x"),
        ("postgresql+asyncpg://ada@db/x", "postgresql+asyncpg://ada@db/x"),
        ("sqlite:///studies.db", "sqlite:///studies.db"),
        ("sqlite:////srv/postgres:/x.db", "sqlite:////srv/postgres:/x.db"),
    ],
)
def test_postgresql_is_reached_by_the_driver_that_is_installed(given: str, expected: str) -> None:
    assert with_driver(given) == expected
