"""An index of the queue entries that are no ordinary work and not done: blind items and probes.

With a run of fast answers one of them is looked for at each decision.

Revision: 0008, after 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    waiting = sa.text("purpose <> 'work' AND state <> 'done'")
    op.create_index(
        op.f("ix_queue_entry_check"),
        "queue_entry",
        ["project_id", "assignee_id", "slot", "rank"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
