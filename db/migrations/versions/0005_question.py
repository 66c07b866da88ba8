"""A flag that is a question to the lead says so in the decision log.

Flags of before get it from the second looks that they opened, one each and in the same order.

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ASKED = """
UPDATE decision SET ask = :yes
WHERE kind = 'flag' AND standing <> 'probe' AND EXISTS (
    SELECT 1 FROM second_look AS look
    WHERE look.item_id = decision.item_id AND look.opened_by = decision.user_id
    AND look.kind = 'ask'
    AND (
        SELECT count(*) FROM second_look AS sooner
        WHERE sooner.item_id = look.item_id AND sooner.opened_by = look.opened_by
        AND sooner.kind IN ('flag', 'ask')
        AND (sooner.created_at < look.created_at
             OR (sooner.created_at = look.created_at AND sooner.id < look.id))
    ) = (
        SELECT count(*) FROM decision AS earlier
        WHERE earlier.item_id = decision.item_id AND earlier.user_id = decision.user_id
        AND earlier.kind = 'flag' AND earlier.standing <> 'probe' AND earlier.seq < decision.seq
    )
)
"""


def upgrade() -> None:
    no = sa.false()
    asked: sa.Column[bool] = sa.Column("ask", sa.Boolean(), nullable=False, server_default=no)
    op.add_column("decision", asked)
    op.execute(sa.text(_ASKED).bindparams(yes=True))
