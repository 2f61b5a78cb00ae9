"""The house with two views more to measure against: an empty one, and an empty one that writes one row by raw SQL.

``python -m benchmarks.checkin.served PORT`` serves it as ``make run`` does; ``gunicorn
'benchmarks.checkin.served:create()'`` as a county does.
"""

import sys

from flask import Flask
from sqlalchemy import text

import wsgi
from timebank import migrations
from timebank.cli.run import THREADS
from timebank.house import House
from timebank.web.requests import public

ROW = "INSERT INTO benchmark_rows (word) VALUES (:word)"


def create() -> Flask:
    """The whole house, with the two views."""
    app = wsgi.create()
    house: House = app.extensions["timebank"]

    @app.get("/benchmark/empty")
    @public
    def empty() -> str:
        return ""

    @app.post("/benchmark/row")
    @public
    def row() -> str:
        # The driver's statement and the commit, and nothing else; on SQLite in the same queue of one writer.
        with house.database.transaction() as session:
            session.connection().exec_driver_sql(
                ROW.replace(":word", "%(word)s" if _is_postgres(house) else ":word"), {"word": "x"}
            )
        return ""

    app.extensions["csrf"].exempt(row)
    return app


def _is_postgres(house: House) -> bool:
    return house.database.engine.dialect.name == "postgresql"


def prepare(app: Flask) -> None:
    """All tables, and the one for the raw row."""
    engine = app.extensions["timebank"].database.engine
    migrations.upgrade(engine)
    with engine.begin() as connection:
        key = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
        key = key if engine.dialect.name == "postgresql" else "INTEGER PRIMARY KEY"
        connection.execute(text(f"CREATE TABLE benchmark_rows (id {key}, word VARCHAR(200) NOT NULL)"))


def main() -> None:
    """Serve with the server and the threads of ``make run``."""
    from waitress import serve  # type: ignore[import-untyped]  # Ships no types.

    serve(create(), host="127.0.0.1", port=int(sys.argv[1]), threads=THREADS, ident=None)


if __name__ == "__main__":
    main()
