"""The process that the crash tests kill: posts under its own keys, and acknowledges each once its commit has returned."""

import random
import sys

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ledger.journal import Draft, post_batch
from tests.ledger.cast import move, points_of
from timebank.db import open_engine

PEOPLE = [points_of(f"p{number}") for number in range(6)]


def draft_of(key: str) -> Draft:
    """The transfer that a key stands for: whoever posts it again posts the same."""
    chance = random.Random(key)
    source, target = chance.sample(PEOPLE, 2)
    return move(key, source, target, chance.randint(1, 9))


def write(url: str, name: str) -> None:
    """The writer's life: post, say so, go on; now and then several at once."""
    engine = open_engine(url)
    for number in range(10**6):
        keys = [f"{name}.{number}.{part}" for part in range(1 if number % 4 else 5)]
        try:
            with Session(engine) as session, session.begin():
                post_batch(session, [draft_of(key) for key in keys])
        except DBAPIError:
            return
        sys.stdout.write("".join(f"acknowledged {key}\n" for key in keys))
        sys.stdout.flush()


if __name__ == "__main__":
    write(sys.argv[1], sys.argv[2])
