"""The stream: some of what was accepted goes on to people, blind, and may contradict the bound."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from db import acceptance_answers, acceptances
from db.acceptances import ACCEPTED
from db.tables import Acceptance
from labeling.quality.contradiction import RISK, contradicts, evidence
from labeling.workflows import accept
from labeling.workspace import Workspace


@dataclass(frozen=True)
class Stream:
    """What people answered so far of what was accepted.

    Args:
        wrong: whether each answer differs from what was accepted, in server order.
        accepted: how many items were accepted.
        most_wrong: how many of them may be wrong as the bound says.
    """

    wrong: list[bool]
    accepted: int
    most_wrong: int

    @property
    def evidence(self) -> float:
        """The evidence against the bound, 1 where there is none; 20 and more contradict it."""
        return evidence(self.wrong, self.accepted, self.most_wrong)

    @property
    def contradicts(self) -> bool:
        """Whether the answers contradict the bound."""
        return contradicts(self.wrong, self.accepted, self.most_wrong)


def of_acceptance(session: Session, acceptance: Acceptance) -> Stream:
    """What people answered of the accepted items of an acceptance that came to them blind."""
    answers = acceptance_answers.stream_answers(session, acceptance.id)
    accepted, _ = acceptances.count(session, acceptance.id)
    wrong = [set(said) != set(held) for _, said, held in answers]
    return Stream(wrong, max(accepted, len(wrong)), acceptance.figures.get("most_wrong", 0))


def watch(ws: Workspace, project_id: str) -> list[str]:
    """Withdraw the acceptances of a project whose stream contradicts their bound; their ids."""

    def work(session: Session) -> list[str]:
        withdrawn = []
        for row in acceptances.of_project(session, project_id):
            acceptance = acceptances.get(session, row.id, lock=True)
            if acceptance is None or acceptance.state != ACCEPTED:
                continue
            stream = of_acceptance(session, acceptance)
            if stream.contradicts:
                why = _why(stream, acceptance)
                accept.take_back(session, ws, acceptance, acceptance.user_id, why)
                withdrawn.append(acceptance.id)
        return withdrawn

    return ws.db.write(work)


def _why(stream: Stream, acceptance: Acceptance) -> str:
    return (
        f"{sum(stream.wrong)} of {len(stream.wrong)} accepted pictures that people looked at were "
        f"wrong: that contradicts an error of at most {acceptance.upper_bound:.2%} "
        f"(test martingale, risk {RISK:.0%})"
    )
