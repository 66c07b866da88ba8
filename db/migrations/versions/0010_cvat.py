"""What was sent to CVAT, and what was being sent when a push ended.

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    labels = sa.Column("labels", sa.JSON(), nullable=False, server_default=sa.text("'{}'"))
    op.add_column("cvat_link", labels)
    op.add_column("cvat_batch", sa.Column("assignee", sa.String(150)))
    op.add_column("cvat_frame", sa.Column("intended_labels", sa.JSON()))
