"""products and firms of exporters, briefs by mail

Revision: exporter
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import database.types

revision = "exporter"
down_revision = "0002_steer"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "product",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("hs", sa.String(), nullable=False),
        sa.Column("market", sa.String(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("changed_at", database.types.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("subscriber_id", "hs", "market"),
    )
    op.create_index("ix_product_subscriber_id", "product", ["subscriber_id"])
    op.create_table(
        "firm",
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("size", sa.String(), nullable=False),
        sa.Column("changed_at", database.types.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"]),
        sa.PrimaryKeyConstraint("subscriber_id"),
    )
    op.create_table(
        "briefwish",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("since", database.types.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("subscriber_id", "kind"),
    )
    op.create_index("ix_briefwish_subscriber_id", "briefwish", ["subscriber_id"])
    op.create_table(
        "brief",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("slot", database.types.Moment(timezone=True), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("figures", JSON, nullable=False),
        sa.Column("notices", JSON, nullable=False),
        sa.Column("issued_at", database.types.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "slot"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("brief")
    op.drop_index("ix_briefwish_subscriber_id", "briefwish")
    op.drop_table("briefwish")
    op.drop_table("firm")
    op.drop_index("ix_product_subscriber_id", "product")
    op.drop_table("product")
