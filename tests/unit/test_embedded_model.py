"""The shipped model: loads offline, is as small and as good as its card says."""

import re
import socket
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file

from labeling.encoders.embedded.training import captions, facts
from labeling.encoders.embedded.training.draw import Stream, generator, scene
from labeling.encoders.embedded.training.evaluate import EMBEDDED_MODEL, LoadedModel
from labeling.encoders.embedded.training.facts import PLACE, is_held_out, is_true
from labeling.encoders.embedded.training.model import TOKEN_TABLE, SmallTokenizer
from labeling.samples.catalogue import load
from labeling.samples.measure import Encoded, several, single

pytestmark = pytest.mark.slow

WEIGHTS = EMBEDDED_MODEL / "open_clip_model.safetensors"


@pytest.fixture(scope="module")
def model() -> LoadedModel:
    return LoadedModel.from_folder(EMBEDDED_MODEL)


def test_the_folder_loads_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise AssertionError("the model asked for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    loaded = LoadedModel.from_folder(EMBEDDED_MODEL)
    assert loaded.classes(["digit seven"], "photo").shape == (1, 64)
    assert float(loaded.model.logit_scale.detach().exp()) > 10


def test_the_weights_are_small_halves_and_unused_words_are_zero() -> None:
    weights = load_file(WEIGHTS)
    used = SmallTokenizer(captions.every_text()).used
    table = weights[TOKEN_TABLE].float().norm(dim=1)
    assert WEIGHTS.stat().st_size < 8_000_000
    assert {value.dtype for value in weights.values()} <= {torch.float16, torch.int64}
    assert torch.nonzero(table).flatten().tolist() == used.tolist()


def test_the_vocabulary_holds_every_word_of_the_demo_classes() -> None:
    known = (EMBEDDED_MODEL / "vocabulary.txt").read_text("utf-8").split()
    assert known == captions.vocabulary()
    displayed = [row["display"] for name in ("digits", "shapes") for row in load(name).classes]
    assert {word for text in displayed for word in re.findall(r"\w+", text)} <= set(known)


@pytest.mark.parametrize("templates", ["plain", "photo", "simple7", "imagenet80"])
def test_digits_are_read_as_well_as_the_card_says(model: LoadedModel, templates: str) -> None:
    figures = single(Encoded.of(load("digits"), model), model, templates)
    assert figures["n"] == 851
    assert figures["accuracy"] >= 0.80
    assert figures["ece"] <= 0.05


@pytest.mark.parametrize("background", ["own", "app"])
def test_pictures_of_no_digit_are_found(model: LoadedModel, background: str) -> None:
    figures = single(Encoded.of(load("digits"), model), model, "photo")["none"][background]
    assert figures["found"] >= 0.7
    assert figures["false_alarms"] <= 0.1


def test_shapes_are_read_as_well_as_the_card_says(model: LoadedModel) -> None:
    figures = several(Encoded.of(load("shapes"), model), model, "photo")
    assert figures["colour"]["accuracy"] >= 0.95
    assert figures["count"]["accuracy"] >= 0.90
    assert figures["texture"]["accuracy"] >= 0.70
    assert figures["shape"]["accuracy"] >= 0.80
    assert figures["pairs"]["harmonic_mean"] >= 0.5
    assert figures["sigmoid"]["f1"] >= 0.8


def test_every_colour_and_shape_lacks_two_partners() -> None:
    held_out = np.array([[is_held_out(c, s) for s in range(12)] for c in range(12)])
    assert held_out.sum() == 24
    assert set(held_out.sum(0)) == set(held_out.sum(1)) == {2}


@settings(max_examples=60, deadline=None)
@given(index=st.integers(0, 10**9))
def test_captions_are_true_and_held_out_pairs_are_not_trained(index: int) -> None:
    rng = generator(Stream.TRAINING, index)
    _, truth = scene(rng, 32)
    assert not is_held_out(int(truth[PLACE["colour"]]), int(truth[PLACE["shape"]]))
    _, claims = captions.caption(truth, rng)
    assert is_true(truth[None], claims[None]).all()


def test_a_caption_that_claims_something_else_is_false() -> None:
    picture = facts.facts(family="shape", colour="red", shape="star", count="two")
    claims = [
        facts.facts(family="shape", colour="red"),
        facts.facts(family="shape", colour="red", shape="star"),
        facts.facts(family="shape", colour="blue", shape="star"),
        facts.facts(family="digit", digit="two"),
        facts.facts(family="shape", texture="plain"),
    ]
    assert is_true(picture[None], np.stack(claims))[0].tolist() == [True, True, False, False, False]


def test_a_seed_gives_the_same_weights_again(tmp_path: Path) -> None:
    pytest.importorskip("mlxtend")
    from labeling.encoders.embedded.training.train import Recipe, train

    torch.set_num_threads(1)
    for name in ("a", "b"):
        train(Recipe(steps=3, batch=8, pool=16), tmp_path / name)
    first, second = (load_file(tmp_path / n / WEIGHTS.name) for n in ("a", "b"))
    assert all(torch.equal(first[key], second[key]) for key in first)
    assert LoadedModel.from_folder(tmp_path / "a").classes(["red shape"], "plain").shape == (1, 64)
