"""What an audit is expected to allow, against what such audits allow."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.quality.accept import accept
from labeling.quality.forecast import doubts, forecast, hopeful
from labeling.quality.wish import Scope, Wish


def project(seed: int, size: int = 5_000) -> tuple[np.ndarray, np.ndarray]:
    """Calibrated scores of a head that is right at about 91.5 %, and who is wrong."""
    generator = np.random.default_rng(seed)
    scores = 1 / (1 + np.exp(-(4.8 + 3 * generator.standard_normal(size))))
    return scores, generator.random(size) > scores


def share(
    wish: Wish, scores: np.ndarray, wrong: np.ndarray, n: int, seed: int, above: float = -np.inf
) -> float:
    frame = np.flatnonzero(scores >= above)
    draw = np.random.default_rng(seed).permutation(len(frame))[:n]
    right = 1.0 - wrong[frame][draw]
    found = accept(wish, scores[frame], np.zeros(len(frame), int), draw, right)
    return float(found.mask.sum() / len(scores))


@pytest.mark.parametrize("scope", list(Scope))
def test_a_forecast_comes_true(scope: Scope) -> None:
    wish = Wish(0.02, scope=scope)
    scores, wrong = project(1)
    told = forecast(wish, scores, np.zeros(5_000, int), doubts(scores), [300, 1_000])
    for of in told:
        true = [share(wish, scores, wrong, of.audit_n, seed) for seed in range(60)]
        drawn = of.audit_n / 5_000
        assert of.share * (1 - drawn) == pytest.approx(np.mean(true), abs=0.1)
        assert of.low <= of.share <= of.high
    assert told[0].share < told[1].share
    assert told[0].chance <= told[1].chance


def test_a_forecast_for_classes_adds_up_their_parts() -> None:
    scores, _ = project(2)
    classes = np.arange(5_000) % 2
    wish = Wish(0.05, per_class=True)
    (told,) = forecast(wish, scores, classes, np.zeros(5_000), [1_000])
    assert told.share == 1
    assert told.chance == 1


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 200))
def test_doubts_are_shares_that_rise_as_scores_fall(seed: int, n: int) -> None:
    scores, wrong = project(seed, 400)
    draw = np.random.default_rng(seed).permutation(400)[:n]
    found = doubts(scores, draw, 1.0 - wrong[draw])
    assert ((found >= 0) & (found <= 1)).all()
    assert (np.diff(found[np.argsort(-scores, kind="stable")]) >= 0).all()


def test_doubts_follow_the_audit_where_scores_boast() -> None:
    scores, wrong = project(3)
    boasting = scores**0.1
    draw = np.random.default_rng(3).permutation(5_000)[:1_000]
    assert doubts(boasting).mean() < 0.5 * wrong.mean()
    assert doubts(boasting, draw, 1.0 - wrong[draw]).mean() == pytest.approx(wrong.mean(), rel=0.25)


def test_a_frame_that_leaves_the_doubtful_out_allows_more() -> None:
    wish = Wish(0.01)
    scores, wrong = project(4)
    above = hopeful(wish, scores, doubts(scores), 700)
    whole = np.mean([share(wish, scores, wrong, 700, seed) for seed in range(60)])
    part = np.mean([share(wish, scores, wrong, 700, seed, above) for seed in range(60)])
    assert part > 1.2 * whole


def test_without_hope_the_frame_is_everything() -> None:
    scores, _ = project(5)
    assert hopeful(Wish(0.001), scores, doubts(scores), 100) == pytest.approx(scores.min())
