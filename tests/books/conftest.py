"""A lived-in house for each kind of database."""

from tests.lived_in import lived_in, postgres_town, sqlite_town

__all__ = ["lived_in", "postgres_town", "sqlite_town"]
