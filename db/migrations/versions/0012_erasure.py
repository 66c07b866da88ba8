"""Pictures that were erased; what outlives their items no longer refers to these.

Revision: 0012, after 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OUTLIVING = ("decision", "acceptance_item", "cvat_frame")


def upgrade() -> None:
    op.create_table(
        "erased_picture",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("user_id", sa.String(36)),
        sa.Column("left", sa.JSON(), nullable=False),
        sa.Column("erased_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime()),
        sa.Column("lifted_by", sa.String(36)),
        sa.Column("lifted_at", sa.DateTime()),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_erased_picture_user_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["lifted_by"], ["user.id"], name=op.f("fk_erased_picture_lifted_by_user")
        ),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_erased_picture")),
    )
    op.create_table(
        "erased_item",
        sa.Column("item_id", sa.String(36), nullable=False),
        sa.Column("project_id", sa.String(36), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["project.id"],
            name=op.f("fk_erased_item_project_id_project"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["sha256"],
            ["erased_picture.sha256"],
            name=op.f("fk_erased_item_sha256_erased_picture"),
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_erased_item")),
    )
    op.create_index(op.f("ix_erased_item_project_id"), "erased_item", ["project_id"])
    op.create_index(op.f("ix_erased_item_sha256"), "erased_item", ["sha256"])
    for table in OUTLIVING:
        with op.batch_alter_table(table) as changed:
            changed.drop_constraint(op.f(f"fk_{table}_item_id_item"), type_="foreignkey")
