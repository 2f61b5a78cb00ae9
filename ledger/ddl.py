"""The laws that the database itself keeps, as triggers and functions, alike on SQLite and PostgreSQL.

A transaction is written entries first, then its row: inserting the row closes it, and from then on nothing
can be added, changed or taken away. `metadata.create_all` installs everything; migrations call `install`.
"""

from typing import Any

from sqlalchemy import Connection, event, inspect

from ledger.ddl_postgresql import POSTGRESQL_DROP, POSTGRESQL_INSTALL
from ledger.ddl_sqlite import SQLITE_DROP, SQLITE_INSTALL
from ledger.models import Base, metadata

_INSTALL = {"sqlite": SQLITE_INSTALL, "postgresql": POSTGRESQL_INSTALL}
_DROP = {"sqlite": SQLITE_DROP, "postgresql": POSTGRESQL_DROP}


def install(connection: Connection) -> None:
    """Put the ledger's triggers and functions in place; harmless where they stand already.

    What speaks of a table that a later step of a migration makes is left to that step.
    """
    uninstall(connection)
    there = set(inspect(connection).get_table_names())
    later = [
        name
        for name in (mapper.class_.__tablename__ for mapper in Base.registry.mappers)
        if name not in there
    ]
    for statement in _INSTALL[connection.dialect.name]:
        if not any(name in statement for name in later):
            connection.exec_driver_sql(statement)


def uninstall(connection: Connection) -> None:
    """Take the ledger's triggers and functions away, as a migration that rebuilds a table must."""
    for statement in _DROP[connection.dialect.name]:
        connection.exec_driver_sql(statement)


@event.listens_for(metadata, "after_create")
def _install_after_create(_target: Any, connection: Connection, tables: Any = (), **_: Any) -> None:
    if any(table.name == "ledger_transactions" for table in tables):
        install(connection)


@event.listens_for(metadata, "before_drop")
def _uninstall_before_drop(_target: Any, connection: Connection, tables: Any = (), **_: Any) -> None:
    if any(table.name == "ledger_transactions" for table in tables):
        uninstall(connection)
