"""Briefs keep the files that their letters carry; a source may have another schedule.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "brieffile",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("brief_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["brief_id"], ["brief.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("brief_id", "language"),
    )
    with op.batch_alter_table("sourceswitch") as batch_op:
        batch_op.add_column(sa.Column("schedule", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("sourceswitch") as batch_op:
        batch_op.drop_column("schedule")
    op.drop_table("brieffile")
