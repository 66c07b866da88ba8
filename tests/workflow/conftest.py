"""The embedded model, loaded once for all tests of the workflows."""

import pytest

from labeling.encoders.base import Encoder
from labeling.encoders.registry import DEFAULT
from labeling.workspace import Workspace


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    from labeling.encoders.open_clip import load
    from labeling.encoders.registry import resolve

    models = tmp_path_factory.mktemp("models")
    return load(resolve(DEFAULT, models), device="cpu", dtype="auto", models_dir=models)


class Counting:
    """The embedded model, counting what it is given."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.pictures = 0
        self.texts: list[str] = []

    def __getattr__(self, name: str):
        return getattr(self._encoder, name)

    def encode_images(self, batch):
        self.pictures += len(batch)
        return self._encoder.encode_images(batch)

    def encode_texts(self, texts):
        self.texts += texts
        return self._encoder.encode_texts(texts)


@pytest.fixture
def model(ws: Workspace, encoder: Encoder) -> Counting:
    """The embedded model in ``ws``, with counters."""
    counting = Counting(encoder)
    ws._encoders[DEFAULT] = counting
    return counting


@pytest.fixture
def local_model(local_ws: Workspace, encoder: Encoder) -> Counting:
    """The embedded model in ``local_ws``, with counters."""
    counting = Counting(encoder)
    local_ws._encoders[DEFAULT] = counting
    return counting
