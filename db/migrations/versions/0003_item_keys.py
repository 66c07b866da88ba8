"""Fewer indexes for an item: one that serves both its key and its picture, one in groups only.

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("item") as item:
        item.drop_index(op.f("ix_item_sha256"))
        item.drop_index(op.f("ix_item_duplicate_group_id"))
        item.drop_constraint(op.f("uq_item_project_id"), type_="unique")
        item.create_unique_constraint(op.f("uq_item_sha256"), ["sha256", "project_id"])
    in_group = sa.text("duplicate_group_id IS NOT NULL")
    op.create_index(
        op.f("ix_item_duplicate_group_id"),
        "item",
        ["duplicate_group_id"],
        sqlite_where=in_group,
        postgresql_where=in_group,
    )
