"""Models of timm, without texts, as encoders of pictures."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from labeling.encoders import needs, self_test
from labeling.encoders.preprocessing import Preprocessing
from labeling.encoders.registry import ModelSpec, known, resolve
from labeling.encoders.shelf import Needed
from labeling.encoders.stream import embed_stream
from labeling.encoders.timm_features import TimmEncoder, load
from labeling.errors import EncoderError, InputError, ModelSelfTestError, ModelUnreachableError
from labeling.settings import Settings
from labeling.workspace import open_workspace
from tests.unit import tiny_models, tiny_timm

pytestmark = pytest.mark.slow

ASK = """
import sys
from pathlib import Path
from labeling.errors import PrelabelError
from labeling.settings import Settings
from labeling.workspace import open_workspace

try:
    open_workspace(Settings(home=Path(sys.argv[1]))).image_encoder("dinov2-s14")
except PrelabelError as error:
    print(type(error).__name__, error)
print("imported:", sorted({"torch", "torchvision", "timm"} & set(sys.modules)))
"""


def load_folder(folder: Path, **given) -> TimmEncoder:
    size = given.pop("image_size", None)
    return load(ModelSpec("tiny", f"timm-dir:{folder}", image_size=size), device="cpu", **given)


def picture(width: int = 90, height: int = 60) -> Image.Image:
    noise = np.random.default_rng(width * height).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("test_byobnet", {}),
        ("test_byobnet", {"crop_pct": 0.875, "crop_mode": "squash", "input_size": (3, 64, 64)}),
        ("test_vit", {"crop_pct": 1.0}),
        ("test_convnext", {"interpolation": "bilinear"}),
    ],
)
def test_vectors_are_those_of_timm_before_its_classifier(tmp_path, name, config):
    folder = tiny_timm.write(tmp_path / "tiny", name, **config)
    encoder = load_folder(folder)
    model = timm.create_model(f"local-dir:{folder}", pretrained=True, num_classes=0).eval()
    transform = timm.data.create_transform(
        **timm.data.resolve_model_data_config(model), is_training=False
    )
    pictures = [picture(), picture(300, 500), picture(64, 64)]
    with torch.inference_mode():
        theirs = model(torch.stack([transform(one) for one in pictures])).numpy()
    theirs /= np.linalg.norm(theirs, axis=1, keepdims=True)
    ours = encoder.encode_images([encoder.preprocess(one) for one in pictures])
    assert ours.dtype == np.float32
    assert ours.shape == (3, encoder.dim)
    assert np.all((ours * theirs).sum(axis=1) > 0.999)


def test_a_picture_of_any_size_goes_through_the_stream(tmp_path):
    import io

    encoder = load_folder(tiny_timm.write(tmp_path / "tiny"))
    out = io.BytesIO()
    picture(700, 40).save(out, "PNG")
    ((key, vector),) = next(embed_stream(encoder, [("one", out.getvalue)]))
    assert key == "one"
    assert np.isclose(np.linalg.norm(vector), 1, atol=1e-5)


def test_another_size_can_be_wanted(tmp_path):
    folder = tiny_timm.write(tmp_path / "vit", "test_vit")
    assert (load_folder(folder).image_size, load_folder(folder, image_size=96).image_size) == (
        160,
        96,
    )
    other = load_folder(folder, image_size=96)
    assert other.encode_images([other.preprocess(picture())]).shape == (1, other.dim)


def test_a_transformer_of_one_size_gets_its_positions_for_another(tmp_path):
    torch.manual_seed(0)
    model = timm.create_model(
        "vit_small_patch14_dinov2.lvd142m", depth=1, embed_dim=64, num_heads=2, init_values=0.1
    )
    folder = tmp_path / "dino"
    folder.mkdir()
    args = {"depth": 1, "embed_dim": 64, "num_heads": 2, "init_values": 0.1}
    timm.models.save_for_hf(model, folder, model_args=args, safe_serialization=True)
    encoder = load_folder(folder, image_size=112)
    assert (encoder.image_size, encoder.dim) == (112, 64)
    assert encoder.preprocessing.startswith("112x112 shortest bicubic")


def test_one_model_has_one_hash_in_every_arithmetic(tmp_path):
    folder = tiny_timm.write(tmp_path / "tiny")
    hashes = {load_folder(folder, dtype=d).weights_hash for d in ("float32", "bfloat16")}
    assert len(hashes) == 1
    other = tiny_timm.write(tmp_path / "other", seed=1)
    assert load_folder(other).weights_hash not in hashes


def test_a_model_that_tells_no_pictures_apart_is_refused(tmp_path):
    folder = tiny_timm.write(tmp_path / "vit", "test_vit")
    path = folder / "model.safetensors"
    weights = {
        name: torch.zeros_like(value) if "ls1" in name or "patch_embed" in name else value
        for name, value in load_file(path).items()
    }
    save_file(weights, path)
    with pytest.raises(ModelSelfTestError, match="the same vector for different pictures"):
        load_folder(folder)


def test_pixels_that_differ_from_timms_are_refused(tmp_path):
    encoder = load_folder(tiny_timm.write(tmp_path / "tiny"), self_test=False)
    self_test.check_features(encoder)
    encoder.data_config["mean"] = (0.1, 0.1, 0.1)
    with pytest.raises(ModelSelfTestError, match="timm's own transform"):
        self_test.check_features(encoder)


@pytest.mark.parametrize(
    "config",
    [{"input_size": (3, 64, 96)}, {"input_size": (1, 64, 64)}, {"crop_mode": "border"}],
    ids=["no square", "one colour", "padded"],
)
def test_what_prelabel_does_not_feed_is_named(config):
    given = {"input_size": (3, 64, 64), "crop_mode": "center", "crop_pct": 1.0}
    given |= {"mean": (0.5,) * 3, "std": (0.5,) * 3, "interpolation": "bicubic"}
    assert Preprocessing.from_timm(given).height == 64
    with pytest.raises(EncoderError, match="Prelabel feeds squares of three colours"):
        Preprocessing.from_timm(given | config)


def test_a_folder_that_can_not_be_loaded_says_why(tmp_path):
    folder = tiny_timm.write(tmp_path / "tiny")
    with pytest.raises(EncoderError, match="no folder of a timm model"):
        load_folder(tmp_path)
    weights = folder / "model.safetensors"
    content = weights.read_bytes()
    weights.write_bytes(content[: len(content) // 2])
    with pytest.raises(EncoderError, match="timm can't load"):
        load_folder(folder)
    weights.unlink()
    with pytest.raises(EncoderError, match="holds no weights"):
        load_folder(folder)
    config = folder / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"architecture": "test_vit"}))
    weights.write_bytes(content)
    with pytest.raises(EncoderError, match="belong to this architecture"):
        load_folder(folder)


def test_sources_of_timm_are_told_from_those_of_open_clip(tmp_path):
    folder = tiny_timm.write(tmp_path / "birds")
    expected = f"timm-dir:{folder}"
    assert resolve(str(folder)).source == resolve("birds", tmp_path).source == expected
    assert not resolve("birds", tmp_path).has_texts
    assert not resolve("timm:resnet18.a1_in1k").has_texts
    assert resolve("ViT-B-32/openai").has_texts
    tiny_models.write_config(tmp_path / "clip", tiny_models.SIGMOID, None)
    assert resolve("clip", tmp_path).has_texts
    other = tmp_path / "other"
    other.mkdir()
    (other / "config.json").write_text('{"model_type": "siglip"}')
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "config.json").write_text("{")
    assert {"other", "broken"}.isdisjoint(known(tmp_path))


def test_every_shipped_name_of_timm_is_known_to_it():
    names = [spec for spec in known().values() if not spec.has_texts]
    assert names
    for spec in names:
        name = spec.source.removeprefix("timm:")
        config = timm.get_pretrained_cfg(name)
        assert config is not None
        assert config.hf_hub_id == f"timm/{name}"
        assert needs.of_timm(name).repo == config.hf_hub_id
        assert (spec.image_size or config.input_size[1]) <= 256


def test_what_a_model_needs_from_the_hub():
    files = ("config.json", "model.safetensors|pytorch_model.bin")
    assert needs.of_timm("resnet18.a1_in1k") == Needed("timm/resnet18.a1_in1k", files)
    assert needs.of_timm("org/repo") == Needed("org/repo", files)


def test_an_unreachable_hub_is_told_without_importing_torch(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(tmp_path / "home")],
        capture_output=True,
        text=True,
        check=True,
    )
    told, _, imported = done.stdout.partition("imported:")
    assert told.startswith(ModelUnreachableError.__name__)
    assert "timm/vit_small_patch14_dinov2.lvd142m" in told
    assert imported.strip() == "[]"


def test_the_hugging_face_cache_is_read(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    snapshot = tmp_path / "cache" / "models--timm--test_byobnet.r160_in1k" / "snapshots" / "abc"
    tiny_timm.write(snapshot)
    encoder = load(ModelSpec("cached", "timm:test_byobnet.r160_in1k"), device="cpu")
    assert encoder.name == "cached"


def test_a_workspace_gives_it_for_pictures_and_not_for_texts(tmp_path):
    ws = open_workspace(Settings(home=tmp_path / "home", device="cpu"))
    folder = tiny_timm.write(tmp_path / "tiny")
    assert ws.image_encoder(str(folder)) is ws.image_encoder(str(folder))
    with pytest.raises(InputError, match="knows no texts"):
        ws.encoder(str(folder))
    assert ws.image_encoder("embedded") is ws.encoder("embedded")
    ws.close()
