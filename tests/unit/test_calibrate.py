import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit, logit, softmax
from sklearn.isotonic import IsotonicRegression

from labeling.heads.held_out import calibration_for, held_out_shares
from labeling.heads.linear import MultiLabelHead, ZeroShotHead
from labeling.prompts.text_bank import normalised
from labeling.scoring import calibrate
from labeling.scoring.abstain import NONE
from labeling.scoring.calibrators import METHODS, PER_CLASS_FROM, fit_beta, fit_temperature
from labeling.scoring.reliability import figures

SIZES = st.integers(20, 60)
SEEDS = st.integers(0, 2**31)


def believed(rng, n, factor, classes=8):
    """Scores that are ``factor`` times too sure, and truth drawn from the honest ones."""
    logits = 2.5 * rng.normal(size=(n, classes))
    honest = softmax(logits, axis=1)
    answer = (rng.random((n, 1)) > honest.cumsum(axis=1)).sum(axis=1)
    return softmax(factor * logits, axis=1), answer[:, None] == np.arange(classes)


def believed_each(rng, n, factor, shift=0.0, classes=5):
    """The same for yes-or-no questions."""
    logits = 2 * rng.normal(size=(n, classes))
    return expit(factor * logits + shift), rng.random((n, classes)) < expit(logits)


@pytest.mark.parametrize("method", METHODS)
@given(seed=SEEDS, n=SIZES, several=st.booleans())
@settings(max_examples=25, deadline=None)
def test_what_comes_out_are_probabilities_whatever_went_in(method, seed, n, several):
    rng = np.random.default_rng(seed)
    shares, holds = (believed_each if several else believed)(rng, n, 3.0)
    shares[: n // 2] = shares[: n // 2].round()  # certain, and often wrong
    parameters = METHODS[method].fit(shares, holds, several)
    found = METHODS[method].apply(json.loads(json.dumps(parameters)), shares, several)
    assert np.all((found >= 0) & (found <= 1))
    if not several:
        assert_allclose(found.sum(axis=1), 1)


@given(seed=SEEDS, n=SIZES)
@settings(max_examples=25, deadline=None)
def test_a_temperature_changes_no_order(seed, n):
    shares, holds = believed(np.random.default_rng(seed), n, 2.0)
    temperature = METHODS["temperature"]
    found = temperature.apply(temperature.fit(shares, holds, False), shares, False)
    assert_array_equal(found.argsort(axis=1), shares.argsort(axis=1))


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_the_temperature_is_found_again_among_many_labels(factor):
    shares, holds = believed(np.random.default_rng(1), 6000, factor)
    assert fit_temperature(shares, holds, False)["temperature"] == pytest.approx(factor, rel=0.06)


def test_few_labels_move_the_temperature_less_than_they_say():
    rng = np.random.default_rng(0)
    few, many = believed(rng, 20, 2.5), believed(rng, 6000, 2.5)
    at_few = fit_temperature(*few, several=False)["temperature"]
    at_many = fit_temperature(*many, several=False)["temperature"]
    assert 1.0 < at_few < at_many


def test_yes_or_no_questions_share_a_temperature_and_a_shift():
    shares, holds = believed_each(np.random.default_rng(2), 4000, 2.0, shift=-3.0)
    found = fit_temperature(shares, holds, True)
    assert found["temperature"] == pytest.approx(2.0, rel=0.06)
    assert found["shift"] == pytest.approx(1.5, abs=0.1)


def test_a_class_may_have_a_curve_of_its_own():
    rng = np.random.default_rng(3)
    logits = 2 * rng.normal(size=(6000, 2))
    holds = rng.random((6000, 2)) < expit(logits)
    shares = expit(np.column_stack([2 * logits[:, 0] + 1, logits[:, 1]]))
    for name in ("beta", "isotonic"):
        method = METHODS[name]
        found = method.apply(method.fit(shares, holds, True), shares, True)
        assert np.abs(found - expit(logits)).mean() < 0.02


def test_beta_is_the_maximum_of_its_likelihood():
    shares, holds = believed_each(np.random.default_rng(4), 3000, 2.0, classes=1)
    a, b, _ = fit_beta(shares, holds, True)["classes"]["0"]
    assert (a, b) == (pytest.approx(0.5, abs=0.06), pytest.approx(0.5, abs=0.06))


def test_isotonic_follows_the_isotonic_fit_at_the_centres_of_its_steps():
    shares, holds = believed_each(np.random.default_rng(5), 800, 1.5, classes=1)
    method = METHODS["isotonic"]
    parameters = method.fit(shares, holds, True)
    score, height = map(np.array, parameters["classes"]["0"])
    assert np.all(np.diff(score) > 0)
    assert np.all(np.diff(height) > 0)  # ranks survive: no ties
    steps = IsotonicRegression(out_of_bounds="clip").fit(shares[:, 0], holds[:, 0])
    assert_allclose(height[2:-2], steps.predict(score[2:-2]), atol=1e-6)


def test_a_class_without_labels_takes_the_shared_temperature():
    rng = np.random.default_rng(6)
    shares, holds = believed_each(rng, 700, 2.0)
    holds[:, 3] = False
    for name in ("beta", "isotonic"):
        parameters = METHODS[name].fit(shares, holds, True)
        assert set(parameters["classes"]) == {"0", "1", "2", "4"}
        found = METHODS[name].apply(parameters, shares, True)[:, 3]
        expected = expit(logit(shares[:, 3]) / parameters["temperature"] + parameters["shift"])
        assert_allclose(found, expected)


def test_scores_that_are_right_stay_as_they_are():
    kept = 0
    for seed in range(20):
        shares, holds = believed(np.random.default_rng(seed), 50, 1.0)
        found = calibrate.fit(shares, holds, several=False)
        kept += found.method == calibrate.RAW
        if found.method == calibrate.RAW:
            assert_array_equal(calibrate.apply(found.parameters, shares), shares)
            assert found.figures["before"] == found.figures["after"]
    assert kept == 20


@pytest.mark.parametrize("several", [False, True])
def test_labels_without_a_surprise_prove_no_surer_scores(several):
    """All of 20 labels agree with scores of 0.95: that is no evidence that 0.99 would be right."""
    best = np.full((20, 1), 0.95)
    shares = np.hstack([best, 1 - best])
    holds = np.tile([True, False], (20, 1))
    assert calibrate.fit(shares, holds, several).method == calibrate.RAW
    many = calibrate.fit(np.repeat(shares, 30, axis=0), np.repeat(holds, 30, axis=0), several)
    assert many.method != calibrate.RAW


def test_scores_that_are_too_sure_are_corrected():
    rng = np.random.default_rng(7)
    found = calibrate.fit(*believed(rng, 200, 2.5), several=False)
    assert found.method == "temperature"
    shares, holds = believed(rng, 4000, 2.5)
    before = figures(shares, holds, False)
    after = figures(calibrate.apply(found.parameters, shares), holds, False)
    assert after["ece"] < before["ece"] / 3
    assert after["brier"] < before["brier"]
    assert found.figures["after"]["ece"] < found.figures["before"]["ece"]


def test_class_by_class_only_from_hundreds_of_labels_on():
    rng = np.random.default_rng(8)
    shares, holds = believed(rng, PER_CLASS_FROM, 2.0)
    assert set(calibrate.fit(shares, holds, False).figures["candidates"]) == {"none", *METHODS}
    few = calibrate.fit(shares[1:], holds[1:], False)
    assert set(few.figures["candidates"]) == {"none", "temperature"}


@pytest.mark.parametrize("n", [0, 1, 19])
def test_with_too_few_labels_nothing_is_tried(n):
    shares, holds = believed(np.random.default_rng(9), n, 4.0)
    found = calibrate.fit(shares, holds, several=False)
    assert found.method == calibrate.RAW
    assert found.figures["n"] == n
    assert found.figures["choice"] == calibrate.TOO_FEW
    json.dumps(found.figures, allow_nan=False)


def test_rows_with_none_of_the_outcomes_are_left_out():
    shares, holds = believed(np.random.default_rng(10), 60, 2.0)
    holds[:25] = False
    assert calibrate.fit(shares, holds, several=False).figures["n"] == 35
    everything = calibrate.fit(shares, holds, several=True)
    assert everything.figures["n"] == 60


def test_shapes_that_disagree_are_refused():
    with pytest.raises(ValueError, match="belong together"):
        calibrate.fit(np.ones((3, 2)), np.ones((2, 2), dtype=bool), several=False)


class Memory(ZeroShotHead):
    """Knows by heart what it was taught, and nothing else."""

    def fit(self, X, y):
        self.known_ = {row.tobytes(): int(c) for row, c in zip(X, y, strict=True)}
        return self

    def predict_proba(self, X):
        shares = np.full((len(X), len(self.classes_)), 1 / len(self.classes_))
        for n, row in enumerate(X):
            if row.tobytes() in self.known_:
                shares[n] = self.classes_ == self.known_[row.tobytes()]
        return shares


def test_nobody_tells_about_pictures_that_taught_them():
    rng = np.random.default_rng(11)
    X, y = rng.normal(size=(40, 4)), rng.integers(0, 3, 40)
    rows = rng.random(40) < 0.6
    shares = held_out_shares(Memory(np.eye(3, 4)), X, y, rows, seed=1)
    assert_allclose(shares, 1 / 3)
    assert shares.shape == (rows.sum(), 3)


def test_the_calibration_of_a_head_knows_none_of_these():
    rng = np.random.default_rng(12)
    texts = normalised(rng.normal(size=(5, 12)))
    y = rng.integers(-1, 4, 300)
    X = normalised(texts[y] + 0.5 * rng.normal(size=(300, 12)))
    head = ZeroShotHead(texts[:4], 60.0, None, texts[4:])
    found = calibration_for(head, X, y, np.arange(300) % 3 > 0)
    assert found.figures["n"] == 200
    shares = calibrate.apply(found.parameters, head.predict_proba(X))
    assert shares.shape == (300, 5)
    assert head.classes_[4] == NONE
    assert found.figures["before"]["per_class"][4]["n"] == (y[np.arange(300) % 3 > 0] == NONE).sum()


def test_the_calibration_of_a_multi_label_head():
    rng = np.random.default_rng(13)
    texts = normalised(rng.normal(size=(4, 12)))
    X = normalised(rng.normal(size=(200, 12)))
    y = (rng.random((200, 4)) < expit(6 * X @ texts.T)).astype(int)
    found = calibration_for(MultiLabelHead(texts, 30.0, 0.0), X, y, np.ones(200, dtype=bool))
    assert found.parameters["several"]
    assert found.figures["after"]["log_loss"] <= found.figures["before"]["log_loss"]
