"""What a model needs from the hub is known, and the hub asked, before torch is imported."""

import os
import subprocess
import sys

import open_clip
import pytest

from labeling.encoders import configs, needs, pretrained
from labeling.encoders.registry import ModelSpec, resolve
from labeling.encoders.shelf import TOKENIZER, Needed
from labeling.errors import EncoderError, ModelUnreachableError
from tests.unit import tiny_models

pytestmark = pytest.mark.slow

NO_HUB = "http://127.0.0.1:9"  # the port "discard": nobody listens
TOKENIZED = tiny_models.SIGMOID | {"text_cfg": tiny_models.TEXT | {"hf_tokenizer_name": "org/tok"}}
ASK = """
import sys
from pathlib import Path
from labeling.errors import PrelabelError
from labeling.settings import Settings
from labeling.workspace import open_workspace

home, name = sys.argv[1:]
try:
    open_workspace(Settings(home=Path(home))).encoder(name)
except PrelabelError as error:
    print(type(error).__name__, error)
print("imported:", sorted({"torch", "torchvision", "open_clip"} & set(sys.modules)))
"""


@pytest.fixture
def no_hub(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", NO_HUB)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)


def test_the_stored_places_are_those_of_the_installed_open_clip():
    assert pretrained._places() == pretrained.from_open_clip(), (
        f"write it anew: python -m {pretrained.__name__}"
    )


def test_architectures_and_their_configs_are_those_of_open_clip():
    assert configs.architectures() == set(open_clip.list_models())
    for name in open_clip.list_models():
        assert configs.architecture(name) == open_clip.get_model_config(name)
    assert configs.architecture("no-such-model") is None


def test_a_tag_needs_its_weights_and_the_files_of_its_text_side():
    folder = "open_clip_model.safetensors|open_clip_pytorch_model.bin"
    assert needs.of_weights("timm/vit/") == Needed("timm/vit", (folder,))
    assert needs.of_weights("org/name/w.bin") == Needed("org/name", ("w.safetensors|w.bin",))
    assert needs.of_text(TOKENIZED) == [Needed("org/tok", TOKENIZER)]
    assert needs.of_text(tiny_models.SIGMOID) == []


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("hf-hub:org/none", ["open_clip_config.json", "org/none"]),
        ("ViT-B-32/openai", ["open_clip_model.safetensors", "timm/vit_base_patch32_clip_224"]),
        ("siglip2-b16-224", ["tokenizer.json", "timm/ViT-B-16-SigLIP2"]),
    ],
)
def test_an_unreachable_hub_is_told_without_importing_torch(tmp_path, no_hub, name, parts):
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(tmp_path / "home"), name],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=True,
    )
    told, _, imported = done.stdout.partition("imported:")
    assert imported.strip() == "[]"
    expected = ["ModelUnreachableError", NO_HUB, "can't be reached", str(tmp_path / "cache")]
    for part in [*expected, *parts]:
        assert part in told


def test_a_tokenizer_that_only_the_hub_has_is_asked_for_early(tmp_path, no_hub):
    folder = tiny_models.write(tmp_path / "m", tiny_models.SIGMOID)
    tiny_models.write_config(folder, TOKENIZED, None)
    with pytest.raises(ModelUnreachableError, match="org/tok"):
        needs.require_reachable(ModelSpec("m", f"local-dir:{folder}"))
    with pytest.raises(ModelUnreachableError, match="timm/ViT-B-16-SigLIP2"):
        needs.require_reachable(ModelSpec("m", f"ViT-B-16-SigLIP2:{folder}/w.safetensors"))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).write_text("{}")
    needs.require_reachable(ModelSpec("m", f"local-dir:{folder}"))


def test_what_is_here_or_unknown_asks_nobody(tmp_path, no_hub):
    needs.require_reachable(resolve("embedded"))
    needs.require_reachable(ModelSpec("new", "ViT-B-32/tag_of_a_later_open_clip"))
    needs.require_reachable(ModelSpec("bare", f"ViT-B-32:{tmp_path}/w.safetensors"))
    tiny_models.write(tmp_path / "models" / "mine")
    needs.require_reachable(ModelSpec("mine", "hf-hub:org/tiny"), tmp_path / "models")


def test_a_folder_without_a_config_is_told_early(tmp_path):
    with pytest.raises(EncoderError, match="not a folder of a model"):
        needs.require_reachable(ModelSpec("m", f"local-dir:{tmp_path / 'none'}"))
