"""Records that were refused can be looked at, and let in.

Revision: sources_form
"""

import sqlalchemy as sa
from alembic import op

import database.types

revision = "sources_form"
down_revision = "review_loop"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "refusal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("record", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("snapshot_id", sa.Integer(), nullable=True),
        sa.Column("at", database.types.Moment(timezone=True), nullable=False),
        sa.Column("admitted_at", database.types.Moment(timezone=True), nullable=True),
        sa.Column("admitted_by", sa.String(), nullable=False),
        sa.Column("taken_at", database.types.Moment(timezone=True), nullable=True),
        sa.Column("message", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshot.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source", "record"),
    )
    with op.batch_alter_table("refusal", schema=None) as batch_op:
        batch_op.create_index("ix_refusal_newest", ["source", "id"], unique=False)


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("refusal", schema=None) as batch_op:
        batch_op.drop_index("ix_refusal_newest")
    op.drop_table("refusal")
