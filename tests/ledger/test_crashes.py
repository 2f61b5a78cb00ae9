"""A handful of kills and one immediate stop; the long run is `python -m tests.ledger.crash --kills 200 --stops 20`."""

from tests.ledger.crash import durable_server, kill_writers, stop_server


def test_killed_writers_leave_whole_books(books_url: str) -> None:
    assert kill_writers(books_url, kills=3, seed=7) > 6


def test_a_server_stopped_at_once_keeps_what_it_acknowledged() -> None:
    with durable_server() as durable:
        assert stop_server(durable, stops=1, seed=7, crowd=2) > 6
