"""endpoints: which subscriptions, since when, and a secret that is being replaced

Revision: 0004
"""

import sqlalchemy as sa
from alembic import op

import database.types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("endpoint") as batch:
        batch.add_column(
            sa.Column("subscriptions", database.types.Json, server_default="[]", nullable=False)
        )
        batch.add_column(sa.Column("since", database.types.Moment(timezone=True), nullable=True))
        batch.add_column(sa.Column("old_secret", sa.String(), server_default="", nullable=False))
        batch.add_column(sa.Column("rolled_at", database.types.Moment(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("endpoint") as batch:
        for name in ("rolled_at", "old_secret", "since", "subscriptions"):
            batch.drop_column(name)
