"""Items are no longer indexed by their import: it is asked for with the project.

Revision: 0015, after 0014
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_item_batch_id", table_name="item")
