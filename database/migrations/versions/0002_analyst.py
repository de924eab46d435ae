"""bitmaps for quick search, and which notices changed since they were made; deadlines by an index; people of an
identity provider; dates that people put right

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
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("oidc_subject", sa.String(), nullable=True))
        batch_op.create_unique_constraint("uq_account_oidc_subject", ["oidc_subject"])
    op.create_table(
        "posting",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "code", "generation"),
    )
    op.create_table(
        "datefix",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("said", sa.Date(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("evidence", database.types.Json, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", database.types.Moment(timezone=True), nullable=False),
        sa.Column("undone_at", database.types.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_datefix_notice_id", "datefix", ["notice_id"])
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
    op.drop_table("datefix")
    op.drop_table("posting")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_constraint("uq_account_oidc_subject", type_="unique")
        batch_op.drop_column("oidc_subject")
    op.drop_index("ix_notice_comment_deadline", "notice")
