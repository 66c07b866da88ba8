"""A proposal says how many of its best classes are proposed: each class may have its threshold.

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("proposal", sa.Column("chosen", sa.Integer(), nullable=True))
