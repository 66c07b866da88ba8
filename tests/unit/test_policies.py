import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import entropy

from labeling.errors import InputError
from labeling.heads.linear import MultiLabelHead, ZeroShotHead
from labeling.prompts.text_bank import normalised
from labeling.selection import batches, policies, questions
from labeling.selection.policies import Ranked, learner, rank, reason
from labeling.selection.questions import Questions, best_two, smallest


class Given:
    def __init__(self, shares):
        self.shares = np.asarray(shares, dtype=float)

    def predict_proba(self, X):
        return self.shares[: len(X)]


SHARES = [[0.5, 0.3, 0.2], [0.9, 0.1, 0.0], [0.45, 0.44, 0.11], [1.0, 0.0, 0.0], [0.34, 0.33, 0.33]]
ROWS = np.zeros((5, 1))


@pytest.fixture
def head():
    return ZeroShotHead(normalised(np.random.default_rng(0).normal(size=(4, 6))), 12.0)


@pytest.fixture
def pool():
    return normalised(np.random.default_rng(1).normal(size=(60, 6)))


def test_margin_is_the_gap_between_the_best_two():
    found = policies.margin(Given(SHARES), ROWS, 5)
    assert found.indices.tolist() == [2, 4, 0, 1, 3]
    assert_allclose(found.values, [0.01, 0.01, 0.2, 0.8, 1.0], atol=1e-9)


def test_entropy_is_a_share_of_the_largest():
    found = policies.entropy(Given(SHARES), ROWS, 3)
    assert found.indices.tolist() == [4, 0, 2]
    assert_allclose(found.values, [entropy(SHARES[i], base=3) for i in (4, 0, 2)])


def test_least_confidence_is_the_lowest_best_share():
    found = policies.least_confidence(Given(SHARES), ROWS, 2)
    assert found.indices.tolist() == [4, 2]
    assert_allclose(found.values, [0.34, 0.45])


def test_random_is_a_seeded_draw_without_replacement():
    first = policies.random(Given(SHARES), ROWS, 5, random_state=3)
    assert sorted(first.indices) == [0, 1, 2, 3, 4]
    assert first.values.tolist() == [1, 2, 3, 4, 5]
    assert_array_equal(first.indices, policies.random(Given(SHARES), ROWS, 5, 3).indices)
    draws = {tuple(policies.random(Given(SHARES), ROWS, 2, seed).indices) for seed in range(40)}
    assert len(draws) > 10


@pytest.mark.parametrize("name", ["margin", "entropy", "least_confidence"])
def test_equals_keep_the_order_of_the_pool(name):
    found = policies.POLICIES[name](Given([[0.6, 0.4]] * 9), np.zeros((9, 1)), 4)
    assert found.indices.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("name", ["margin", "entropy", "least_confidence"])
def test_multi_label_asks_yes_or_no_for_each_class(name):
    shares = Given([[0.9, 0.02, 0.97], [0.99, 0.52, 0.01], [0.2, 0.2, 0.2]])
    shares.multilabel = True
    found = policies.POLICIES[name](shares, np.zeros((3, 1)), 3)
    assert found.indices.tolist() == [1, 2, 0]
    value = {"margin": 0.04, "entropy": entropy([0.52, 0.48], base=2), "least_confidence": 0.52}
    assert_allclose(found.values[0], value[name])


@pytest.mark.parametrize("name", list(policies.POLICIES))
@pytest.mark.parametrize("n", [1, 2, 60, 100])
def test_modal_asks_the_prior_before_any_label(head, pool, name, n):
    active = learner(head, policy_name=name)
    found = rank(active, pool, name, n, random_state=5)
    expected = policies.POLICIES[name](head, pool, n, 5)
    assert_array_equal(found.indices, expected.indices)
    assert_allclose(found.values, expected.values)
    assert len(set(found.indices)) == min(n, 60)
    indices, rows = active.query(pool, n_instances=2, random_state=5)
    assert_array_equal(rows, pool[indices])


def spots(rng, sizes, spread=0.02):
    """Tight groups of pictures, group by group."""
    centres = normalised(rng.normal(size=(len(sizes), 6)))
    return normalised(np.repeat(centres, sizes, axis=0) + spread * rng.normal(size=(sum(sizes), 6)))


def test_typical_pictures_come_from_different_regions_large_ones_first():
    rng = np.random.default_rng(2)
    X = spots(rng, [40, 5, 30, 20])
    found = policies.typical(Given([[0.6, 0.4]] * 95), X, 4, random_state=1)
    group = np.repeat(np.arange(4), [40, 5, 30, 20])[found.indices]
    assert group.tolist() == [0, 2, 3, 1]
    assert np.isnan(found.values).all()


def test_a_typical_picture_is_none_that_stands_alone():
    rng = np.random.default_rng(3)
    X = np.concatenate([spots(rng, [30, 30]), normalised(rng.normal(size=(1, 6)))])
    assert 60 not in batches.typical(X, 2, seed=0)


def test_a_large_pool_is_sampled_for_typical_pictures(monkeypatch):
    monkeypatch.setattr(batches, "SAMPLED", 50)
    X = spots(np.random.default_rng(4), [100, 100])
    found = batches.typical(X, 10, seed=0)
    assert len(set(found.tolist())) == 10
    assert set(np.repeat([0, 1], 100)[found]) == {0, 1}


@pytest.mark.parametrize("taught", [False, True])
@pytest.mark.parametrize("scale", [0.1, 200.0])
def test_auto_begins_with_typical_pictures_where_zero_shot_is_unsure(pool, taught, scale):
    head = ZeroShotHead(normalised(np.random.default_rng(0).normal(size=(4, 6))), scale)
    active = learner(head)
    if taught:
        active.teach(pool[:6], np.array([0, 1, 2, 3, 0, 1]))
    found = rank(active, pool, "auto", 60, random_state=5)
    unsure = scale < 1 and not taught
    assert np.isnan(found.values).sum() == (batches.BATCH if unsure else 0)
    assert sorted(found.indices) == list(range(60))
    if unsure:
        assert_array_equal(found.indices[:20], batches.typical(pool, 20, 5))


def test_a_batch_of_auto_differs_and_the_rest_goes_by_margin():
    rng = np.random.default_rng(6)
    X = spots(rng, [400, 5, 5, 5])
    gap = np.concatenate([np.linspace(0.0, 0.01, 400), np.full(15, 0.011)])
    found = batches.diverse(X, gap, 300, 8)
    group = np.repeat(np.arange(4), [400, 5, 5, 5])
    assert set(group[batches.diverse(X, gap[: len(X)], 300, 100)[:100]]) == {0, 1, 2, 3}
    assert len(set(found.tolist())) == 300
    assert np.all(np.diff(gap[found[8:]]) >= 0)
    assert set(batches.smallest(gap, 40)) >= set(found[:8])


def test_auto_goes_by_confidence_alone_where_classes_are_many(pool):
    many = policies.MANY + 1
    shares = np.random.default_rng(8).dirichlet(np.full(many, 0.05), size=60)
    found = policies.auto(Given(shares), pool, 60)
    expected = policies.least_confidence(Given(shares), pool, 60)
    assert_array_equal(found.indices, expected.indices)
    assert_allclose(found.values, expected.values)


@given(st.integers(0, 2**31), st.integers(0, 30), st.integers(0, 40))
def test_the_smallest_are_those_of_a_full_sort(seed, size, n):
    values = np.random.default_rng(seed).integers(0, 5, size).astype(float)
    assert_array_equal(smallest(values, n), np.argsort(values, kind="stable")[:n])


@given(st.integers(0, 2**31), st.integers(1, 6))
def test_margins_are_those_of_modal(seed, outcomes):
    from modAL.uncertainty import classifier_margin

    shares = np.random.default_rng(seed).dirichlet(np.ones(outcomes), size=9)
    asked = Questions(Given(shares), np.zeros((9, 1)))
    assert_allclose(best_two(asked, shares), classifier_margin(asked, shares), atol=1e-12)


@pytest.mark.parametrize("name", ["margin", "entropy", "least_confidence", "auto"])
@pytest.mark.parametrize("multi", [False, True])
def test_chunks_change_nothing(name, multi, monkeypatch):
    rng = np.random.default_rng(7)
    texts, X = normalised(rng.normal(size=(4, 6))), normalised(rng.normal(size=(101, 6)))
    head = MultiLabelHead(texts, 8.0, -2.0) if multi else ZeroShotHead(texts, 8.0)
    whole = policies.POLICIES[name](head, X, 50, 3)
    monkeypatch.setattr(questions, "CHUNK_CELLS", 40)
    parts = policies.POLICIES[name](head, X, 50, 3)
    assert_array_equal(whole.indices, parts.indices)
    assert_allclose(whole.values, parts.values, atol=1e-12)


def test_modal_teaches_the_head_with_all_labels_so_far(head, pool):
    active = learner(head)
    assert_array_equal(active.predict_proba(pool), head.predict_proba(pool))
    active.teach(pool[:5], np.array([0, 1, 2, 3, 0]))
    active.teach(pool[5:7], np.array([1, -1]))
    assert active.estimator.n_labels_ == 6  # without background, -1 teaches nothing
    expected = ZeroShotHead(head.class_vectors, 12.0).fit(pool[:6], np.array([0, 1, 2, 3, 0, 1]))
    assert_allclose(active.predict_proba(pool), expected.predict_proba(pool), atol=1e-6)
    again = learner(ZeroShotHead(head.class_vectors, 12.0), pool[:6], np.array([0, 1, 2, 3, 0, 1]))
    assert_allclose(again.predict_proba(pool), expected.predict_proba(pool), atol=1e-6)


def test_modal_teaches_a_multi_label_head(pool):
    active = learner(MultiLabelHead(np.eye(6, dtype=np.float32)[:2], 8.0, -2.0))
    active.teach(pool[:3], np.array([[0, 1], [1, 1], [0, 0]]))
    assert rank(active, pool, "margin", 2).indices.shape == (2,)
    assert active.estimator.n_labels_ == 3


def test_an_empty_pool_has_no_rank(head):
    found = rank(learner(head), np.zeros((0, 6), np.float32), "margin", 5)
    assert found.indices.tolist() == []


def test_a_policy_that_returns_two_bare_indices_is_understood(head, pool, monkeypatch):
    def last(classifier, X, n_instances=1, random_state=None):
        return np.arange(len(X))[-n_instances:]

    monkeypatch.setitem(policies.POLICIES, "last", last)
    found = rank(learner(head), pool, "last", 2)
    assert found.indices.tolist() == [58, 59]
    assert np.isnan(found.values).all()
    assert reason("last", found.values[0], ["cat", "dog"]) == "last: cat"


def installed_policy(folder, value):
    info = folder / "extra_policies-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: extra-policies\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[prelabel.policies]\nfirst = {value}\n")
    (folder / "extra_policies.py").write_text(
        "def first(classifier, X, n_instances=1, random_state=None):\n"
        "    return list(range(n_instances))\n"
    )


def test_installed_packages_add_policies(head, pool, tmp_path, monkeypatch):
    installed_policy(tmp_path, "extra_policies:first")
    monkeypatch.syspath_prepend(tmp_path)
    assert rank(learner(head), pool, "first", 3).indices.tolist() == [0, 1, 2]
    with pytest.raises(
        InputError, match="auto, typical, margin, entropy, least_confidence, random, first"
    ):
        policies.policy("second")


def test_a_broken_package_is_named(tmp_path, monkeypatch):
    installed_policy(tmp_path, "extra_policies:missing")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InputError, match="extra_policies:missing"):
        policies.policy("first")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("margin", 0.031, ["cat", "dog", "fox"]), "margin 0.03: cat or dog"),
        (("entropy", 0.914, ["cat", "dog", "fox", "owl"]), "entropy 0.91: cat, dog, fox"),
        (("least_confidence", 0.42, ["cat", "dog"]), "least confidence 0.42: cat"),
        (("random", 17.0, ["cat"], 900), "random draw 17 of 900"),
        (("random", 17.0), "random draw 17"),
        (("margin", 1.0, ["cat"]), "margin 1.00: cat"),
        (("margin", 0.5), "margin 0.50"),
        (("auto", 0.031, ["cat", "dog", "fox"]), "uncertain 0.03: cat or dog"),
        (("auto", np.nan, ["cat", "dog"]), "typical of pictures like it"),
        (("typical", np.nan), "typical of pictures like it"),
        (("typical", 0.5, ["cat", "dog"]), "margin 0.50: cat or dog"),
    ],
)
def test_reasons(arguments, said):
    assert reason(*arguments) == said


def test_a_rank_is_a_pair_as_modal_expects():
    indices, values = Ranked(np.array([1]), np.array([0.5]))
    assert (indices[0], values[0]) == (1, 0.5)


def test_torch_comes_only_with_modal():
    code = (
        "import sys, labeling.selection.policies, labeling.selection.simulation\n"
        "print('torch' in sys.modules, 'modAL' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
