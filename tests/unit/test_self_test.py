import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from open_clip.transform import PreprocessCfg, image_transform_v2

from labeling.encoders import self_test
from labeling.encoders.open_clip import load
from labeling.encoders.registry import ModelSpec, resolve
from labeling.errors import ModelSelfTestError
from tests.unit import tiny_models


def load_tiny(folder, **options):
    return load(ModelSpec("tiny", f"local-dir:{folder}"), **options)


@pytest.fixture(scope="module")
def untrained(tmp_path_factory):
    return load_tiny(tiny_models.write(tmp_path_factory.mktemp("tiny")), self_test=False)


def test_the_embedded_model_passes():
    self_test.check(load(resolve("embedded"), self_test=False))


@pytest.mark.parametrize("config", [tiny_models.SIGMOID, tiny_models.SOFTMAX, tiny_models.COCA])
@pytest.mark.parametrize("seed", range(3))
def test_an_untrained_model_is_refused(tmp_path, config, seed):
    folder = tiny_models.write(tmp_path / "tiny", config, seed=seed)
    with pytest.raises(ModelSelfTestError, match="no better than chance"):
        load_tiny(folder)


def test_a_list_entry_may_wave_the_test(tmp_path):
    folder = tiny_models.write(tmp_path / "tiny")
    assert load(ModelSpec("tiny", f"local-dir:{folder}", self_test=False)).dim == 32


def test_a_tokenizer_that_keeps_capitals_is_refused(tmp_path):
    text = tiny_models.TEXT | {"tokenizer_kwargs": {"clean": "whitespace"}}
    folder = tiny_models.write(tmp_path / "tiny", tiny_models.SIGMOID | {"text_cfg": text})
    with pytest.raises(ModelSelfTestError, match="capitals"):
        load_tiny(folder)


def test_a_tokenizer_with_more_tokens_than_the_text_tower_is_refused(tmp_path):
    text = tiny_models.TEXT | {"vocab_size": 1000}
    folder = tiny_models.write(tmp_path / "tiny", tiny_models.SIGMOID | {"text_cfg": text})
    with pytest.raises(ModelSelfTestError, match="tokens"):
        load(ModelSpec("tiny", f"local-dir:{folder}"))


@pytest.mark.parametrize(
    "change",
    [{"mean": (0.48, 0.46, 0.41)}, {"std": (0.27, 0.26, 0.28)}, {"height": 16, "width": 16},
     {"resize_mode": "longest"}],
    ids=["mean", "std", "size", "cut"],
)  # fmt: skip
def test_pixels_that_differ_from_open_clips_are_refused(tmp_path, change):
    encoder = load_tiny(tiny_models.write(tmp_path / "tiny"), self_test=False)
    reference = image_transform_v2(PreprocessCfg(**encoder.preprocess_config), is_train=False)
    self_test.check_pixels(encoder, reference, "open_clip")
    encoder._preprocessing = dataclasses.replace(encoder._preprocessing, **change)
    with pytest.raises(ModelSelfTestError, match="preprocessing"):
        self_test.check_pixels(encoder, reference, "open_clip")


@pytest.mark.parametrize(
    "vectors",
    [np.array([[np.nan, 0], [0, 1]]), np.zeros((2, 2)), np.array([[1.0, 0], [1.0, 0]])],
    ids=["not finite", "no length", "all the same"],
)
def test_vectors_that_say_nothing_are_refused(untrained, vectors):
    self_test.check_vectors(untrained, np.eye(2), "pictures")
    with pytest.raises(ModelSelfTestError, match="pictures"):
        self_test.check_vectors(untrained, vectors, "pictures")


similarities = arrays(np.float64, (10, 10), elements=st.floats(-1, 1))


@settings(max_examples=30)
@given(similarities, arrays(np.float64, 10, elements=st.floats(-1, 1)))
def test_texts_that_are_close_to_everything_count_for_nothing(noise, closeness):
    own = 5 * np.eye(10) + noise
    assert self_test.chance(own) < self_test.CHANCE
    assert self_test.chance(own + 20 * closeness) < self_test.CHANCE


@given(st.integers(0, 10_000))
@settings(max_examples=30)
def test_swapped_texts_fit_no_better_than_chance(seed):
    shift = np.roll(np.eye(10), 1, axis=1)
    noise = np.random.default_rng(seed).normal(scale=0.01, size=(10, 10))
    assert self_test.chance(shift + noise) > 0.3


def test_every_reference_picture_has_its_own_text():
    captions = [pair.caption for pair in self_test.pairs()]
    assert len(captions) == len(set(captions)) >= 20
    assert len({pair.picture.tobytes() for pair in self_test.pairs()}) == len(captions)
