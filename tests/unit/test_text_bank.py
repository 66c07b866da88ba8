import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from labeling.prompts.text_bank import class_vectors, normalised


def test_mean_of_two_directions_by_hand():
    vectors = np.array([[3.0, 0.0], [0.0, 5.0], [0.0, -2.0]], np.float32)
    bank = class_vectors(vectors, np.array([0, 0, 1]), 2)
    assert_allclose(bank, [[0.5**0.5, 0.5**0.5], [0, -1]], atol=1e-6)
    assert bank.dtype == np.float32


@given(st.integers(0, 2**31), st.integers(1, 6), st.integers(0, 20))
def test_order_and_length_of_prompts_do_not_matter(seed, n_classes, more):
    rng = np.random.default_rng(seed)
    owner = np.concatenate([np.arange(n_classes), rng.integers(0, n_classes, more)])
    vectors = rng.normal(size=(len(owner), 8)).astype(np.float32)
    bank = class_vectors(vectors, owner, n_classes)
    order = rng.permutation(len(owner))
    stretched = vectors * rng.uniform(0.1, 9, (len(owner), 1)).astype(np.float32)
    assert_allclose(np.linalg.norm(bank, axis=1), 1, atol=1e-5)
    assert_allclose(class_vectors(stretched[order], owner[order], n_classes), bank, atol=2e-4)


def test_agrees_with_open_clip():
    torch = pytest.importorskip("torch")
    from open_clip import build_zero_shot_classifier

    table = torch.nn.functional.normalize(torch.randn(6, 5, generator=torch.manual_seed(0)), dim=1)

    class Model:
        def encode_text(self, tokens, normalize):
            return table[tokens]

    reference = build_zero_shot_classifier(
        Model(),
        lambda texts: torch.tensor([int(t) for t in texts]),
        ["0", "1"],
        [lambda c: str(int(c) * 3), lambda c: str(int(c) * 3 + 1), lambda c: str(int(c) * 3 + 2)],
    )
    ours = class_vectors(table.numpy(), np.array([0, 0, 0, 1, 1, 1]), 2)
    assert_allclose(ours, reference.numpy().T, atol=1e-6)


def test_a_class_without_prompts_is_a_bug():
    with pytest.raises(ValueError, match="own"):
        class_vectors(np.ones((2, 3), np.float32), np.array([0, 2]), 3)


def test_a_zero_vector_is_a_bug():
    with pytest.raises(ValueError, match="length zero"):
        normalised(np.zeros((1, 3), np.float32))
