"""No way around append-only: neither by replacing rows on SQLite nor by emptying a table on PostgreSQL.

Revision 0007, after 0006.
"""

from alembic import op

from timebank.orm import no_replacement_ddl

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "audit_entries",
    "scans",
    "orders",
    "order_lines",
    "returns",
    "return_lines",
    "stock_movements",
)


def upgrade() -> None:
    """Forward."""
    for table in APPEND_ONLY:
        for statement in no_replacement_ddl(table, op.get_bind().dialect.name):
            op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Back."""
    for table in APPEND_ONLY:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
        else:
            op.execute(f"DROP TRIGGER {table}_no_replace")
