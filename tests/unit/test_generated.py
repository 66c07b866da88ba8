"""Vectors of rare classes from a generative model: what it draws, and that it competes fairly."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from labeling.heads import generator
from labeling.heads.candidates import GENERATED, candidates
from labeling.heads.generated import GeneratedHead
from labeling.heads.linear import MultiLabelHead, ZeroShotHead
from labeling.heads.rare import DONOR_FROM
from labeling.heads.storage import dump, load
from labeling.prompts.text_bank import normalised
from tests.unit.test_rare import CLASSES, RARE, long_tail

pytestmark = pytest.mark.slow


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trained for a moment only: what it draws is poor."""
    monkeypatch.setattr(generator, "STEPS", 10)


def test_what_is_generated_lies_where_the_pictures_of_a_text_do() -> None:
    rng = np.random.default_rng(0)
    centres = normalised(rng.normal(size=(12, 16)))
    y = np.repeat(np.arange(10), 30)
    X = normalised(centres[y] + 0.1 * rng.normal(size=(300, 16))).astype(np.float32)
    texts = centres.astype(np.float32)
    wanted = np.repeat(texts[10:], 40, axis=0)
    drawn = normalised(generator.generate(X, texts[y], wanted, 0))
    near = drawn @ centres.T
    assert (near.argmax(axis=1) == np.repeat([10, 11], 40)).mean() > 0.9
    assert drawn.std(axis=0).mean() > 0.01


def test_the_same_seed_draws_the_same_and_chance_stays_as_it_was(quick) -> None:
    X, y, texts, _, _ = long_tail(0, 2)
    given = X.astype(np.float32), texts[y].astype(np.float32), texts[:3].astype(np.float32)
    torch.manual_seed(5)
    expected = torch.randn(3)
    torch.manual_seed(5)
    first = generator.generate(*given, seed=1)
    assert torch.equal(torch.randn(3), expected)
    assert_array_equal(generator.generate(*given, seed=1), first)
    assert not np.array_equal(generator.generate(*given, seed=2), first)


def test_rare_classes_are_filled_up_and_the_head_is_stored_as_any_other(quick) -> None:
    X, y, texts, new, _ = long_tail(1, 2)
    head = GeneratedHead(texts, 40.0)
    invented, classes = head.invented(X.astype(float), y)
    assert_allclose(np.linalg.norm(invented, axis=1), 1, atol=1e-6)
    assert set(classes.tolist()) == set(RARE.tolist())
    together = np.bincount(y, minlength=CLASSES) + np.bincount(classes, minlength=CLASSES)
    assert_array_equal(together[RARE], head.enough)
    head.fit(X, y)
    again = load(dump(head))
    assert isinstance(again, GeneratedHead)
    assert_array_equal(again.predict_proba(new), head.predict_proba(new))


def test_without_classes_to_learn_from_nothing_is_generated(monkeypatch) -> None:
    monkeypatch.setattr(generator, "generate", None)
    X, y, texts, new, _ = long_tail(2, 0)
    few = np.arange(len(y)) < DONOR_FROM - 1
    head = GeneratedHead(texts, 40.0)
    assert not len(head.invented(X[few].astype(float), y[few])[1])
    full = np.isin(y, np.flatnonzero(np.bincount(y, minlength=CLASSES) >= DONOR_FROM))
    plain = candidates(ZeroShotHead(texts, 40.0))["linear"].fit(X[few], y[few])
    assert_allclose(
        head.fit(X[few], y[few]).predict_proba(new), plain.predict_proba(new), atol=1e-6
    )
    assert full.any()


def test_it_competes_last_and_only_where_it_was_asked_for() -> None:
    _, _, texts, new, _ = long_tail(0, 2)
    base = ZeroShotHead(texts, 40.0)
    assert GENERATED not in candidates(base, new)
    assert list(candidates(base, new, generated=True))[-1] == GENERATED
    several = MultiLabelHead(texts, 40.0, -10.0)
    assert GENERATED not in candidates(several, generated=True)
