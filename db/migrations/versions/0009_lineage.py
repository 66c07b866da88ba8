"""What became of the classes of a project that were merged or split.

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "project", sa.Column("lineage", sa.JSON(), nullable=False, server_default=sa.text("'[]'"))
    )
