"""bitmaps for quick search, and which notices changed since they were made; deadlines by an index

Revision: 0002_analyst
"""

import sqlalchemy as sa
from alembic import op

import database.types

revision = "0002_analyst"
down_revision = "exporter"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_notice_comment_deadline", "notice", ["comment_deadline"])
    op.create_table(
        "posting",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "code", "generation"),
    )
    op.create_table(
        "change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("at", database.types.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("change")
    op.drop_table("posting")
    op.drop_index("ix_notice_comment_deadline", "notice")
