"""Learning heads, learning curves, and acceptance with its audit.

Nothing was stored in ``head`` and ``acceptance`` before: both are made anew.

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("head")
    op.drop_table("acceptance")
    _head()
    _learning_point()
    op.add_column("import_batch", sa.Column("control_seed", sa.BigInteger()))
    op.add_column("decision", sa.Column("policy", sa.String(60)))
    op.add_column("decision", sa.Column("pick_rank", sa.Integer()))
    with op.batch_alter_table("run") as run:
        run.add_column(sa.Column("head_id", sa.String(36)))
        run.create_foreign_key(op.f("fk_run_head_id_head"), "head", ["head_id"], ["id"])
    op.create_index(op.f("ix_run_head_id"), "run", ["head_id"])
    _acceptance()
    _acceptance_item()
    with op.batch_alter_table("audit_draw") as draw:
        draw.add_column(sa.Column("acceptance_id", sa.String(36)))
        name = op.f("fk_audit_draw_acceptance_id_acceptance")
        draw.create_foreign_key(name, "acceptance", ["acceptance_id"], ["id"], ondelete="CASCADE")
    op.create_index(op.f("ix_audit_draw_acceptance_id"), "audit_draw", ["acceptance_id"])


def _head() -> None:
    op.create_table(
        "head",
        sa.Column("id", sa.String(36), nullable=False),
        _key("project_id", "head", "project.id", ondelete="CASCADE"),
        _key("model_id", "head", "model.id"),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("arm", sa.String(10), nullable=False),
        sa.Column("labels", sa.Integer(), nullable=False),
        sa.Column("class_set_revision", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("weights", sa.LargeBinary(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_head")),
    )
    op.create_index(op.f("ix_head_project_id"), "head", ["project_id"])


def _learning_point() -> None:
    op.create_table(
        "learning_point",
        _key("project_id", "learning_point", "project.id", ondelete="CASCADE"),
        sa.Column("arm", sa.String(10), nullable=False),
        sa.Column("labels", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("right", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("log_loss", sa.Double()),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "arm", "labels", name=op.f("pk_learning_point")),
    )


def _acceptance() -> None:
    op.create_table(
        "acceptance",
        sa.Column("id", sa.String(36), nullable=False),
        _key("project_id", "acceptance", "project.id", ondelete="CASCADE"),
        sa.Column("state", sa.String(12), nullable=False),
        _key("recipe_id", "acceptance", "recipe.id", length=64),
        _key("run_id", "acceptance", "run.id"),
        _key("user_id", "acceptance", "user.id"),
        sa.Column("scope", sa.String(10), nullable=False),
        sa.Column("per_class", sa.Boolean(), nullable=False),
        sa.Column("alpha", sa.Double(), nullable=False),
        sa.Column("delta", sa.Double(), nullable=False),
        sa.Column("frame_size", sa.Integer(), nullable=False),
        sa.Column("audit_size", sa.Integer(), nullable=False),
        sa.Column("looks_done", sa.Integer(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("stream_share", sa.Double(), nullable=False),
        sa.Column("upper_bound", sa.Double()),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("closed_at", sa.DateTime()),
        sa.Column("withdrawn_at", sa.DateTime()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acceptance")),
    )
    op.create_index(op.f("ix_acceptance_project_id"), "acceptance", ["project_id"])


def _acceptance_item() -> None:
    op.create_table(
        "acceptance_item",
        _key("acceptance_id", "acceptance_item", "acceptance.id", ondelete="CASCADE"),
        _key("item_id", "acceptance_item", "item.id", ondelete="CASCADE"),
        _key("class_id", "acceptance_item", "class_.id", nullable=True),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("drawn", sa.Boolean(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("acceptance_id", "item_id", name=op.f("pk_acceptance_item")),
    )
    op.create_index(op.f("ix_acceptance_item_item_id"), "acceptance_item", ["item_id"])


def _key(
    name: str,
    table: str,
    target: str,
    *,
    nullable: bool = False,
    ondelete: str | None = None,
    length: int = 36,
) -> sa.Column:
    """A column that refers to ``target``, named as ``db.tables`` names its foreign keys."""
    constraint = op.f(f"fk_{table}_{name}_{target.split('.')[0]}")
    key = sa.ForeignKey(target, name=constraint, ondelete=ondelete)
    return sa.Column(name, sa.String(length), key, nullable=nullable)
