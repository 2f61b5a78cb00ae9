"""Shifts and records: one shift of several can be called off alone.

Revision 0010, after 0009.
"""

import sqlalchemy as sa

from timebank.migrations.steps import add_column, drop_column

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    add_column("shifts", sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True))
    add_column("shifts", sa.Column("cancel_reason", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Back."""
    drop_column("shifts", "cancel_reason")
    drop_column("shifts", "cancelled_at")
