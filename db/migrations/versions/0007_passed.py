"""How far the policy has come: which entries were offered, and which audits it has passed.

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("queue_entry", sa.Column("offered", sa.Boolean()))
    op.add_column("audit_draw", sa.Column("shadow_rank", sa.Integer()))
    op.add_column("audit_draw", sa.Column("passed_seq", sa.BigInteger()))
