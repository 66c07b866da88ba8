"""Review by many people: assignments, blind looks, second looks, guidelines, preferences.

Leases end with the upgrade: what was leased waits again, at its rank.

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COPY = "queue_entry_before_0002"
KEPT = "project_id, item_id, rank, policy, value, reason"


def upgrade() -> None:
    _add_columns()
    _new_tables()
    _renew_queue()


def _add_columns() -> None:
    op.add_column("class_", sa.Column("code", sa.String(4)))
    op.drop_column("class_", "guideline")
    op.drop_column("class_", "guideline_revision")
    op.add_column("project", _filled("guideline_revision", sa.Integer(), "0"))
    op.add_column("project", _filled("review", sa.JSON(), "{}"))
    op.add_column("decision", _filled("purpose", sa.String(10), "work"))


def _new_tables() -> None:
    op.create_table(
        "preference",
        _key("user_id", "preference", "user.id", ondelete="CASCADE"),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "name", name=op.f("pk_preference")),
    )
    op.create_table(
        "guideline",
        _key("class_id", "guideline", "class_.id", ondelete="CASCADE"),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("instructions", sa.Text(), nullable=False),
        sa.Column("do", sa.JSON(), nullable=False),
        sa.Column("dont", sa.JSON(), nullable=False),
        sa.Column("examples", sa.JSON(), nullable=False),
        _key("user_id", "guideline", "user.id", nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("class_id", "revision", name=op.f("pk_guideline")),
    )
    op.create_table(
        "check_draw",
        _key("project_id", "check_draw", "project.id", ondelete="CASCADE"),
        _key("item_id", "check_draw", "item.id", ondelete="CASCADE"),
        sa.Column("purpose", sa.String(10), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("frame_size", sa.Integer(), nullable=False),
        sa.Column("draw_size", sa.Integer(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "item_id", "purpose", name=op.f("pk_check_draw")),
    )
    op.create_index(op.f("ix_check_draw_item_id"), "check_draw", ["item_id"])
    op.create_table(
        "assignment",
        sa.Column("id", sa.String(36), nullable=False),
        _key("project_id", "assignment", "project.id", ondelete="CASCADE"),
        _key("user_id", "assignment", "user.id"),
        _key("class_id", "assignment", "class_.id", nullable=True),
        _key("batch_id", "assignment", "import_batch.id", nullable=True, ondelete="CASCADE"),
        sa.Column("priority", sa.Integer(), nullable=False),
        _key("created_by", "assignment", "user.id", nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    op.create_index(op.f("ix_assignment_project_id"), "assignment", ["project_id"])
    op.create_index(op.f("ix_assignment_user_id"), "assignment", ["user_id"])
    op.create_table(
        "second_look",
        sa.Column("id", sa.String(36), nullable=False),
        _key("project_id", "second_look", "project.id", ondelete="CASCADE"),
        _key("item_id", "second_look", "item.id", ondelete="CASCADE"),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        _key("opened_by", "second_look", "user.id", nullable=True),
        _key("assignee_id", "second_look", "user.id", nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("closed_at", sa.DateTime()),
        _key("closed_by", "second_look", "user.id", nullable=True),
        sa.Column("outcome", sa.String(20)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_look")),
    )
    op.create_index(op.f("ix_second_look_item_id"), "second_look", ["item_id"])
    op.create_index("ix_second_look_open", "second_look", ["project_id", "closed_at", "created_at"])


def _renew_queue() -> None:
    """Make queue and leases anew: their primary keys have grown by the slot."""
    op.execute(f"CREATE TABLE {COPY} AS SELECT {KEPT}, state FROM queue_entry")
    op.drop_table("lease")
    op.drop_table("queue_entry")
    op.create_table(
        "queue_entry",
        _key("project_id", "queue_entry", "project.id", ondelete="CASCADE"),
        _key("item_id", "queue_entry", "item.id", ondelete="CASCADE"),
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("purpose", sa.String(10), nullable=False),
        _key("assignee_id", "queue_entry", "user.id", nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("policy", sa.String(60), nullable=False),
        sa.Column("value", sa.Double()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "item_id", "slot", name=op.f("pk_queue_entry")),
    )
    op.execute(
        f"INSERT INTO queue_entry ({KEPT}, state, slot, purpose, priority) SELECT {KEPT}, "
        f"CASE state WHEN 'leased' THEN 'queued' ELSE state END, 0, 'work', 5 FROM {COPY}"
    )
    op.drop_table(COPY)
    op.create_index(op.f("ix_queue_entry_item_id"), "queue_entry", ["item_id"])
    waiting = sa.text("state = 'queued'")
    op.create_index(
        "ix_queue_entry_next",
        "queue_entry",
        ["project_id", "assignee_id", "priority", "rank"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_table(
        "lease",
        sa.Column("project_id", sa.String(36), nullable=False),
        sa.Column("item_id", sa.String(36), nullable=False),
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        _key("user_id", "lease", "user.id"),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "item_id", "slot", name=op.f("pk_lease")),
        sa.ForeignKeyConstraint(
            ["project_id", "item_id", "slot"],
            ["queue_entry.project_id", "queue_entry.item_id", "queue_entry.slot"],
            name=op.f("fk_lease_project_id_queue_entry"),
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_lease_holder", "lease", ["project_id", "user_id", "client"])
    op.create_index("ix_lease_expiry", "lease", ["project_id", "expires_at"])


def _filled(name: str, kind: sa.types.TypeEngine, value: str) -> sa.Column:
    return sa.Column(name, kind, nullable=False, server_default=value)


def _key(
    name: str, table: str, target: str, *, nullable: bool = False, ondelete: str | None = None
) -> sa.Column:
    """A column that refers to ``target``, named as ``db.tables`` names its foreign keys."""
    constraint = op.f(f"fk_{table}_{name}_{target.split('.')[0]}")
    key = sa.ForeignKey(target, name=constraint, ondelete=ondelete)
    return sa.Column(name, sa.String(36), key, nullable=nullable)
