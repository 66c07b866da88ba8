"""With which chance the items of an import were drawn for blind audit.

Imports of before whose draw was empty have it where all other draws of their project agree, and
where rounding could leave such an import without any; it stays unknown elsewhere.

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

FROM_DRAWS = """
UPDATE import_batch SET audit_share = (
    SELECT MAX(probability) FROM audit_draw
    WHERE audit_draw.batch_id = import_batch.id AND audit_draw.acceptance_id IS NULL
)
"""
AS_THE_OTHERS = """
UPDATE import_batch SET audit_share = (
    SELECT MAX(probability) FROM audit_draw
    WHERE audit_draw.project_id = import_batch.project_id AND audit_draw.acceptance_id IS NULL
)
WHERE audit_share IS NULL AND finished_at IS NOT NULL AND (
    SELECT MAX(probability) FROM audit_draw
    WHERE audit_draw.project_id = import_batch.project_id AND audit_draw.acceptance_id IS NULL
) = (
    SELECT MIN(probability) FROM audit_draw
    WHERE audit_draw.project_id = import_batch.project_id AND audit_draw.acceptance_id IS NULL
) AND imported * (
    SELECT MAX(probability) FROM audit_draw
    WHERE audit_draw.project_id = import_batch.project_id AND audit_draw.acceptance_id IS NULL
) < 1
"""


def upgrade() -> None:
    op.add_column("import_batch", sa.Column("audit_share", sa.Double()))
    op.execute(FROM_DRAWS)
    op.execute(AS_THE_OTHERS)
