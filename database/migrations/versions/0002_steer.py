"""narrowings, requests for help, levels by people

Revision: 0002_steer
"""

import sqlalchemy as sa
from alembic import op

import database.types

revision = "0002_steer"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("narrowing", "helprequest", "levelword")


def _moment() -> database.types.Moment:
    return database.types.Moment(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "narrowing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("subscription_id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("added", database.types.Json, nullable=False),
        sa.Column("at", _moment(), nullable=False),
        sa.Column("undone_at", _moment(), nullable=True),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"]),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"]),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscription.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "helprequest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_at", _moment(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answered_at", _moment(), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"]),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("subscriber_id", "notice_id"),
    )
    op.create_table(
        "levelword",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", _moment(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for table, columns in (
        ("narrowing", ("notice_id", "subscriber_id", "subscription_id")),
        ("helprequest", ("notice_id", "state", "subscriber_id")),
        ("levelword", ("notice_id",)),
    ):
        for column in columns:
            op.create_index(f"ix_{table}_{column}", table, [column], unique=False)
    with op.batch_alter_table("subscription") as batch:
        batch.add_column(sa.Column("without", database.types.Json, nullable=False, server_default="[]"))
    # Red is shown once approved: what was graded red before is graded anew.
    op.execute("UPDATE notice SET level_until = NULL WHERE level = 'red'")


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("subscription") as batch:
        batch.drop_column("without")
    for table in TABLES:
        op.drop_table(table)
