"""proposed links, and titles by their words

Revision: 0002_sources_texts
"""

import sqlalchemy as sa
from alembic import op

import database.types

revision = "0002_sources_texts"
down_revision = "0002_analyst"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "linkproposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", database.types.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"]),
        sa.ForeignKeyConstraint(["other_id"], ["notice.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("notice_id", "other_id"),
    )
    op.create_index("ix_linkproposal_other_id", "linkproposal", ["other_id"])
    op.create_index("ix_linkproposal_state", "linkproposal", ["state"])
    op.create_table(
        "titleband",
        sa.Column("band", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"]),
        sa.PrimaryKeyConstraint("band", "notice_id"),
    )
    op.create_index("ix_titleband_notice_id", "titleband", ["notice_id"])
    # with the day, the newest notice of a source is found without looking at the others
    op.drop_index("ix_notice_source", table_name="notice")
    op.create_index("ix_notice_source", "notice", ["source", "published_on"])


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_notice_source", table_name="notice")
    op.create_index("ix_notice_source", "notice", ["source"])
    op.drop_table("titleband")
    op.drop_table("linkproposal")
