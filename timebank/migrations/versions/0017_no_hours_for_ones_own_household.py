"""The database refuses an approver who lives with the member, as it refuses the member.

Revision 0017, after 0016.
"""

from alembic import op

from timebank.hours.four_eyes import kin_ddl

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    for statement in kin_ddl(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    """Back."""
    on_table = "" if op.get_bind().dialect.name == "sqlite" else " ON service_records"
    for verb in ("insert", "update"):
        op.execute(f"DROP TRIGGER service_records_kin_{verb}{on_table}")
    if on_table:
        op.execute("DROP FUNCTION service_records_kin()")
