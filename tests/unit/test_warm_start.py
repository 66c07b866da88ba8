"""A refit that begins where the last one ended finds the same head."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from labeling.heads import shrinkage
from labeling.heads.candidates import TRANSDUCTIVE, candidates
from labeling.heads.columns import Columns, ColumnsHead
from labeling.heads.linear import MultiLabelHead, ZeroShotHead
from labeling.heads.storage import dump, load
from labeling.heads.warm_start import begun, settled
from tests.unit.test_heads import digits, vectors

SEARCHES = ["linear", "synthesis", "probe"]


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many steps each search took."""
    taken: list[int] = []
    search = shrinkage.minimize

    def counted(*given, **more):
        found = search(*given, **more)
        taken.append(found.nit)
        return found

    monkeypatch.setattr(shrinkage, "minimize", counted)
    return taken


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("kind", SEARCHES)
def test_it_finds_the_same_head_in_fewer_steps(kind, wide, steps):
    X, y, base = digits()
    further = [Columns("same", X.shape[1], 2 * X.shape[1])] if wide else []
    X = np.concatenate([X, X], axis=1) if wide else X
    name = f"{kind}:same" if wide and kind == "probe" else kind
    untaught = candidates(base, None, further)[name]
    earlier = candidates(base, None, further)[name].fit(X[:300], y[:300])
    stored = load(dump(earlier.inner if wide else earlier))
    fresh = candidates(base, None, further)[name]
    steps.clear()
    fresh.fit(X[:305], y[:305])
    [cold] = steps
    beginning = begun(untaught, stored)
    assert isinstance(beginning, ColumnsHead) == wide
    steps.clear()
    warm = settled(beginning.fit(X[:305], y[:305]))
    assert steps[0] < cold
    assert_allclose(warm.predict_proba(X), fresh.predict_proba(X), atol=2e-3)
    inner = [head.inner if wide else head for head in (warm, fresh)]
    assert inner[0].get_params(deep=False).keys() == inner[1].get_params(deep=False).keys()
    assert not inner[0].warm_start
    assert not hasattr(untaught, "line_")
    assert untaught.get_params().get("warm_start", False) is False


def test_with_several_labels_too(steps):
    rng = np.random.default_rng(0)
    X, texts = vectors(rng, 200, 12), vectors(rng, 3, 12)
    y = (X @ texts.T > 0.1).astype(int)
    for kind in ("linear", "probe"):
        base = MultiLabelHead(texts, 10.0, -1.0)
        fresh, untaught, before = (candidates(base)[kind] for _ in range(3))
        earlier = load(dump(before.fit(X[:150], y[:150])))
        warm = begun(untaught, earlier).fit(X, y)
        assert_allclose(warm.predict_proba(X), fresh.fit(X, y).predict_proba(X), atol=2e-3)
        assert steps[-2] < steps[-1]


def test_what_is_no_search_or_another_head_begins_afresh():
    X, y, base = digits()
    every = candidates(base, X)
    taught = {kind: load(dump(candidates(base, X)[kind].fit(X[:60], y[:60]))) for kind in every}
    assert begun(every[TRANSDUCTIVE], taught[TRANSDUCTIVE]) is every[TRANSDUCTIVE]
    assert begun(every["lda"], taught["lda"]) is every["lda"]
    assert begun(every["linear"], taught["probe"]) is every["linear"]
    fewer = ZeroShotHead(base.class_vectors[:4], base.scale)
    for kind in SEARCHES:
        head = candidates(fewer)[kind]
        assert begun(head, taught[kind]) is head
    longer = np.concatenate([X, X], axis=1)
    probe = begun(every["probe"], taught["probe"]).fit(longer[:60], y[:60])
    assert_array_equal(
        probe.predict(longer), candidates(base)["probe"].fit(longer[:60], y[:60]).predict(longer)
    )
