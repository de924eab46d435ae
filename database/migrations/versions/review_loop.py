"""what the machine had said when a person decided; how a challenger did beside the model in use

Revision: review_loop
"""

import sqlalchemy as sa
from alembic import op

import database.types

revision = "review_loop"
down_revision = "0002_sources_texts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.add_column(sa.Column("machine", sa.Boolean(), nullable=True))
        batch_op.add_column(
            sa.Column("fingerprint", sa.String(), nullable=False, server_default="")
        )
    op.create_table(
        "trial",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", database.types.Moment(timezone=True), nullable=False),
        sa.Column("champion", sa.String(), nullable=False),
        sa.Column("challenger", sa.String(), nullable=False),
        sa.Column("figures", database.types.Json, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    op.drop_table("trial")
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_column("fingerprint")
        batch_op.drop_column("machine")
