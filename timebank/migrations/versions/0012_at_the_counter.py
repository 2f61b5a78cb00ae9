"""At the counter: the count that a forced close owes, who collects a reservation, vouchers that were used.

Revision 0012, after 0011.
"""

import sqlalchemy as sa
from alembic import op

from timebank.migrations import steps

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    _create_late_counts()
    steps.add_column("reservations", sa.Column("delegate_phone_tail", sa.String(length=40), nullable=True))
    steps.add_column("vouchers", sa.Column("used_at", sa.DateTime(timezone=True), nullable=True))
    steps.add_column(
        "vouchers",
        sa.Column("used_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        refers_to="users.id",
    )
    steps.evidence("late_counts")


def downgrade() -> None:
    """Back."""
    steps.drop_column("vouchers", "used_by_user_id", refers_to="users.id")
    steps.drop_column("vouchers", "used_at")
    steps.drop_column("reservations", "delegate_phone_tail")
    op.drop_table("late_counts")
    steps.no_evidence("late_counts")


def _create_late_counts() -> None:
    op.create_table(
        "late_counts",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("count_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("signed_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["count_id"], ["shift_counts.id"], name=op.f("fk_late_counts_count_id_shift_counts")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["z_reports.id"], name=op.f("fk_late_counts_report_id_z_reports")
        ),
        sa.ForeignKeyConstraint(
            ["signed_by_user_id"], ["users.id"], name=op.f("fk_late_counts_signed_by_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_counts")),
        sa.UniqueConstraint("count_id", name=op.f("uq_late_counts_count_id")),
        sa.UniqueConstraint("report_id", name=op.f("uq_late_counts_report_id")),
    )
    for column in ("count_id", "report_id", "signed_by_user_id"):
        op.create_index(op.f(f"ix_late_counts_{column}"), "late_counts", [column], unique=False)
