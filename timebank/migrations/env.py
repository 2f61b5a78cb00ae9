"""Alembic's way into the house: which tables there are, and how a step is run."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection

import store.models  # noqa: F401 - declares the shop's tables.
import timebank.models  # noqa: F401 - declares the time bank's tables.
from timebank.db import open_engine
from timebank.orm import Base
from timebank.settings import load


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our column types as what they are stored as, so that old steps do not depend on today's classes."""
    if kind == "type" and type(item).__module__.split(".")[0] in ("timebank", "ledger"):
        return f"sa.{item.impl!r}".replace("sa.DateTime()", "sa.DateTime(timezone=True)")
    return False


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=_render,
        # Ours begin a real transaction on SQLite too, so its steps are all or nothing as well.
        transactional_ddl=True,
        transaction_per_migration=False,
        # SQLite changes a column by copying its table.
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


if (given := context.config.attributes.get("connection")) is not None:
    _run(given)
else:
    # Alembic's own command line, for developers.
    with open_engine(load().database_url).begin() as connection:
        _run(connection)
