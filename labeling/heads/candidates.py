"""The kinds of head that compete for a project, by name."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from labeling.heads.base import Vectors
from labeling.heads.calibrated import CalibratedHead
from labeling.heads.columns import Columns, ColumnsHead
from labeling.heads.generated import GeneratedHead
from labeling.heads.joined import JoinedHead
from labeling.heads.lda import LdaHead
from labeling.heads.linear import MultiLabelHead, ZeroShotHead
from labeling.heads.probe import MultiLabelProbeHead, ProbeHead
from labeling.heads.rare import SynthesisHead
from labeling.heads.tip_adapter import TipAdapterHead
from labeling.heads.transductive import TransductiveHead
from labeling.heads.untaught import UntaughtHead, UntaughtMultiLabelHead

Factory = Callable[[Any], Any]
"""From a zero-shot head, which stays as it is, to a head of another kind without any label."""

ZERO_SHOT = "zero_shot"
"""The fallback: the candidate that learns nothing."""


def _prior(head: Any) -> dict[str, Any]:
    names = ("class_vectors", "scale", "bias", "background")
    return {name: getattr(head, name) for name in names}


def _prior_of_many(head: Any) -> dict[str, Any]:
    return {name: getattr(head, name) for name in ("class_vectors", "scale", "bias")}


PROBE = "probe"


def _probe(head: Any) -> Any:
    if head.multilabel:
        return MultiLabelProbeHead(head.n_classes)
    return ProbeHead(head.n_classes, none=head.background is not None)


CANDIDATES: Mapping[str, Factory] = {
    "lda": lambda head: LdaHead(**_prior(head)),
    "linear": lambda head: ZeroShotHead(**_prior(head)),
    "tip_adapter": lambda head: TipAdapterHead(**_prior(head)),
    "calibrated": lambda head: CalibratedHead(**_prior(head)),
    PROBE: _probe,
    "synthesis": lambda head: SynthesisHead(**_prior(head)),
    ZERO_SHOT: lambda head: UntaughtHead(**_prior(head)),
}
"""Single-label kinds, the one that stood up best in replays first.

"synthesis" stands behind those it must beat: it is chosen only where its log-loss is better than
theirs by more than a standard error.

"probe" is supervised: it uses no text.
"""

TRANSDUCTIVE = "transductive"
"""The preferred kind wherever there are unlabelled pictures to fit with."""
GENERATED = "generated"
"""As "synthesis", by a generative model: last, so that anything else as good comes first."""
JOINED = "joined"
"""The preferred kind where there are vectors of further models, too."""

MULTILABEL: Mapping[str, Factory] = {
    "linear": lambda head: MultiLabelHead(**_prior_of_many(head)),
    PROBE: _probe,
    ZERO_SHOT: lambda head: UntaughtMultiLabelHead(**_prior_of_many(head)),
}
"""Multi-label kinds."""


def candidates(
    zero_shot: Any,
    pool: Vectors | None = None,
    further: Sequence[Columns] = (),
    *,
    generated: bool = False,
) -> dict[str, Any]:
    """Return every kind that fits a zero-shot head (`ZeroShotHead` or `MultiLabelHead`), untaught.

    They answer for the same classes in the same order.

    Args:
        zero_shot: the head, which stays as it is.
        pool: unlabelled pictures [m, d] of those that the heads will answer for. None: the kind
            that learns from them (`TRANSDUCTIVE`, else the first) is not among the candidates;
            it is none of a multi-label head's either.
        further: columns of further models, without texts as a rule, behind those of the texts'
            model. `JOINED` sees them all and is preferred; each has a supervised probe of its own,
            ``probe:LABEL``; the other kinds see the columns of the texts' model alone.
        generated: whether `GENERATED` is among them; it takes a minute and more where classes have
            few labels.
    """
    made = _own(zero_shot, pool, generated=generated)
    if not further:
        return made
    own = ((0, zero_shot.class_vectors.shape[1]),)
    kinds: dict[str, Any] = {}
    if pool is not None and not zero_shot.multilabel:
        head = JoinedHead(**_prior(zero_shot), pool=pool)
        kinds[JOINED] = ColumnsHead(head, (*own, *((one.start, one.stop) for one in further)))
    kinds |= {kind: ColumnsHead(head, own) for kind, head in made.items()}
    for one in further:
        columns = ((one.start, one.stop),)
        kinds[f"{PROBE}:{one.label}"] = ColumnsHead(_probe(zero_shot), columns)
    return kinds


def _own(zero_shot: Any, pool: Vectors | None, *, generated: bool) -> dict[str, Any]:
    """The kinds over the vectors of the texts' model alone."""
    kinds = MULTILABEL if zero_shot.multilabel else CANDIDATES
    made = {name: make(zero_shot) for name, make in kinds.items()}
    if generated and not zero_shot.multilabel:
        made[GENERATED] = GeneratedHead(**_prior(zero_shot))
    if pool is None or zero_shot.multilabel:
        return made
    own = pool[:, : zero_shot.class_vectors.shape[1]]
    return {TRANSDUCTIVE: TransductiveHead(**_prior(zero_shot), pool=own), **made}
