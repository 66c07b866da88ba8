import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import entropy

from labeling.errors import InputError
from labeling.heads.linear import MultiLabelHead, ZeroShotHead
from labeling.prompts.text_bank import normalised
from labeling.selection import policies
from labeling.selection.policies import Ranked, learner, rank, reason


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
    with pytest.raises(InputError, match="margin, entropy, least_confidence, random, first"):
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
