"""Which tags a frame bore in CVAT when both sides were compared last, by their ids there.

Revision: 0014, after 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cvat_frame", sa.Column("tag_ids", sa.JSON()))
    op.add_column("conflict", sa.Column("their_tag_ids", sa.JSON()))
