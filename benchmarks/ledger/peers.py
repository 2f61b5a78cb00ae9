"""A peer in the same run: django-hordak in a throwaway virtual environment, on the same server."""

from collections.abc import Iterator

from sqlalchemy import Engine

from benchmarks.ledger.measures import Figure


def hordak(url: str, engine: Engine, rounds: int, seconds: float) -> Iterator[Figure]:
    """Nothing yet."""
    return iter(())
