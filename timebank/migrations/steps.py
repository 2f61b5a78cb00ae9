"""What steps need that Alembic does not do alike on both engines: changes of tables that already hold rows.

SQLite cannot change a table's constraints, so its table is made anew from its own text: a new one beside it, the rows
copied, the old one dropped, the new one renamed, indexes and triggers as they were
(https://www.sqlite.org/lang_altertable.html, section 7). ``migrations`` switches foreign keys off meanwhile and checks them at the end.
"""

import re
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from timebank.orm import append_only_ddl, no_replacement_ddl

# What keeps a table of evidence as it is, after the table's name.
_TRIGGERS = {"sqlite": ("no_update", "no_delete", "no_replace"), "postgresql": ("append_only", "no_truncate")}


def add_column(table: str, column: sa.Column[object], *, refers_to: str | None = None) -> None:
    """Add ``column`` to ``table``: nullable, or with a ``server_default``. ``refers_to`` is ``table.column``.

    A reference gets its index and its key under the names that the models give.
    """
    if refers_to is None:
        op.add_column(table, column)
        return
    target, target_column = refers_to.split(".")
    key = f"fk_{table}_{column.name}_{target}"
    rule = f"CONSTRAINT {key} FOREIGN KEY({column.name}) REFERENCES {target} ({target_column})"
    if _is_sqlite():
        definition = str(sa.schema.CreateColumn(column).compile(dialect=op.get_bind().dialect)).strip()
        _remake(table, lambda text: _with_rule(_with_column(text, definition), rule))
    else:
        op.add_column(table, column)
        op.execute(f"ALTER TABLE {table} ADD {rule}")
    op.create_index(op.f(f"ix_{table}_{column.name}"), table, [str(column.name)], unique=False)


def drop_column(table: str, column: str, *, refers_to: str | None = None) -> None:
    """Take ``column`` away again, with its index and its key."""
    if refers_to is None:
        op.drop_column(table, column)
        return
    op.drop_index(op.f(f"ix_{table}_{column}"), table_name=table)
    if _is_sqlite():
        key = f"fk_{table}_{column}_{refers_to.split('.')[0]}"
        _remake(table, lambda text: _without(_without(text, f"CONSTRAINT {key}"), column))
    else:
        op.drop_column(table, column)


def add_check(table: str, name: str, condition: str) -> None:
    """A new check constraint. ``name`` as in the database: ``ck_<table>_<word>``."""
    rule = f"CONSTRAINT {name} CHECK ({condition})"
    if _is_sqlite():
        _remake(table, lambda text: _with_rule(text, rule))
    else:
        op.execute(f"ALTER TABLE {table} ADD {rule}")


def drop_check(table: str, name: str) -> None:
    """Without the check constraint ``name``."""
    if _is_sqlite():
        _remake(table, lambda text: _without(text, f"CONSTRAINT {name}"))
    else:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


def replace_check(table: str, name: str, condition: str) -> None:
    """The check constraint ``name`` with another ``condition``."""
    drop_check(table, name)
    add_check(table, name, condition)


def evidence(*tables: str) -> None:
    """Make ``tables`` append-only, as ``timebank.orm.append_only`` does for tables made at once.

    To be said again after a table of evidence gets another unique key.
    """
    bind = op.get_bind()
    engine = bind.dialect.name
    for table in tables:
        for name in _TRIGGERS[engine]:
            on = "" if engine == "sqlite" else f" ON {table}"
            op.execute(f"DROP TRIGGER IF EXISTS {table}_{name}{on}")
        for statement in append_only_ddl(table, engine):
            bind.exec_driver_sql(statement)
        for statement in no_replacement_ddl(table, engine, _unique_keys(table)):
            bind.exec_driver_sql(statement)


def _unique_keys(table: str) -> tuple[tuple[str, ...], ...]:
    seen = sa.inspect(op.get_bind())
    rules = [tuple(rule["column_names"]) for rule in seen.get_unique_constraints(table)]
    indexes = [
        tuple(str(name) for name in index["column_names"])
        for index in seen.get_indexes(table)
        if index["unique"]
    ]
    return (("id",), *sorted({*rules, *indexes}))


def no_evidence(*tables: str) -> None:
    """After the tables are dropped: what they leave behind on PostgreSQL."""
    if not _is_sqlite():
        for table in tables:
            op.execute(f"DROP FUNCTION {table}_refuse_change()")


def _is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")


def _remake(table: str, change: Callable[[str], str]) -> None:
    bind = op.get_bind()
    kept = bind.exec_driver_sql(
        "SELECT type, sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL", (table,)
    ).all()
    was = next(text for kind, text in kept if kind == "table")
    columns = ", ".join(f'"{row[1]}"' for row in bind.exec_driver_sql(f'PRAGMA table_info("{table}")'))
    aside = f"_new_{table}"
    bind.exec_driver_sql(re.sub(rf'^CREATE TABLE "?{table}"?', f"CREATE TABLE {aside}", change(was), count=1))
    there = {row[1] for row in bind.exec_driver_sql(f'PRAGMA table_info("{aside}")')}
    columns = ", ".join(name for name in columns.split(", ") if name.strip('"') in there)
    bind.exec_driver_sql(f"INSERT INTO {aside} ({columns}) SELECT {columns} FROM {table}")  # noqa: S608 - names of our own tables.
    bind.exec_driver_sql(f"DROP TABLE {table}")
    bind.exec_driver_sql(f"ALTER TABLE {aside} RENAME TO {table}")
    for kind, text in kept:
        if kind != "table":
            bind.exec_driver_sql(text)


def _parts(text: str) -> tuple[str, list[str], str]:
    """The head of a CREATE TABLE, what stands between the commas of its body, and its tail."""
    start = text.index("(") + 1
    parts, depth, quoted, begun = [], 0, False, start
    for place in range(start, len(text)):
        sign = text[place]
        if sign == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif sign == "(":
            depth += 1
        elif sign == ")" and depth:
            depth -= 1
        elif sign in ",)" and not depth:
            parts.append(text[begun:place].strip())
            begun = place + 1
            if sign == ")":
                return text[:start], parts, text[place:]
    raise ValueError(f"not a table: {text}")


def _whole(head: str, parts: list[str], tail: str) -> str:
    return head + "\n\t" + ", \n\t".join(parts) + "\n" + tail


def _with_column(text: str, definition: str) -> str:
    head, parts, tail = _parts(text)
    first_rule = next(
        (
            at
            for at, part in enumerate(parts)
            if re.match(r"CONSTRAINT|PRIMARY KEY|FOREIGN KEY|UNIQUE|CHECK", part)
        ),
        len(parts),
    )
    return _whole(head, [*parts[:first_rule], definition, *parts[first_rule:]], tail)


def _with_rule(text: str, rule: str) -> str:
    head, parts, tail = _parts(text)
    return _whole(head, [*parts, rule], tail)


def _without(text: str, beginning: str) -> str:
    head, parts, tail = _parts(text)
    kept = [part for part in parts if not re.match(rf'"?{beginning}"?\s', part)]
    if len(kept) == len(parts):
        raise ValueError(f"nothing begins with {beginning} in: {text}")
    return _whole(head, kept, tail)
