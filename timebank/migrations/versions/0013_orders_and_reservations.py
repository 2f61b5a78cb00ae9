"""Reservations wait for a day on which the shop is open: the days of the week on which it is.

Revision 0013, after 0012.
"""

import sqlalchemy as sa

from timebank.migrations import steps

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    steps.add_column(
        "shops", sa.Column("open_days", sa.String(length=40), nullable=False, server_default="1234567")
    )


def downgrade() -> None:
    """Back."""
    steps.drop_column("shops", "open_days")
