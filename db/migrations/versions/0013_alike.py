"""Items that were compared by their vectors, and the groups in which they look alike.

Revision: 0013, after 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alike",
        sa.Column("item_id", sa.String(36), nullable=False),
        sa.Column("group_id", sa.String(36)),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name=op.f("fk_alike_item_id_item"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["duplicate_group.id"],
            name=op.f("fk_alike_group_id_duplicate_group"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_alike")),
    )
    op.create_index(op.f("ix_alike_group_id"), "alike", ["group_id"])
