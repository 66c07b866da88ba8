import hashlib
import http.server
import importlib.util
import json
import socket
import threading
import urllib.parse
from pathlib import Path
from typing import ClassVar

import numpy as np
import open_clip
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image
from safetensors.torch import load_file, save_file

from labeling.encoders import hub
from labeling.encoders.files import locate
from labeling.encoders.open_clip import load
from labeling.encoders.preprocessing import Preprocessing, settle
from labeling.encoders.registry import ModelSpec, resolve
from labeling.errors import EncoderError, InputError, ModelSelfTestError, ModelUnreachableError
from tests.unit import tiny_models

pytestmark = pytest.mark.slow

CLIP_VALUES = {
    "mean": list(open_clip.OPENAI_DATASET_MEAN),
    "std": list(open_clip.OPENAI_DATASET_STD),
    "interpolation": "bicubic",
    "resize_mode": "shortest",
}
TEXTS = ["a red circle", "the digit seven"]


def load_untrained(source: str, **options):
    return load(ModelSpec("tiny", source), self_test=False, **options)


def picture(width: int = 60, height: int = 40) -> Image.Image:
    noise = np.random.default_rng(width * height).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)


@pytest.fixture
def empty_hub(tmp_path, monkeypatch):
    """A hub that takes connections and never answers, and an empty cache."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.getsockname()[1]}")
        monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(hub, "PROBE_SECONDS", 0.2)
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        yield tmp_path / "cache"


def snapshot(cache, repo: str):
    folder = cache / f"models--{repo.replace('/', '--')}" / "snapshots" / "abc"
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize(
    ("config", "objective", "bias"),
    [
        (tiny_models.SIGMOID, "sigmoid", -4.5),
        (tiny_models.SOFTMAX, "softmax", None),
        (tiny_models.COCA, "softmax", None),
    ],
    ids=["SigLIP", "CLIP", "CoCa"],
)
def test_every_kind_of_model_gives_comparable_unit_vectors(tmp_path, config, objective, bias):
    encoder = load_untrained(f"local-dir:{tiny_models.write(tmp_path / 'm', config)}")
    images = encoder.encode_images([encoder.preprocess(picture(w)) for w in (30, 60, 90)])
    texts = encoder.encode_texts(TEXTS)
    assert images.shape == (3, encoder.dim)
    assert texts.shape == (2, encoder.dim)
    for vectors in (images, texts):
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert (encoder.objective, encoder.logit_bias) == (objective, bias)
    assert encoder.image_size == 32
    assert encoder.batch_size >= 1
    assert encoder.encode_images([]).shape == (0, encoder.dim)
    assert encoder.encode_texts([]).shape == (0, encoder.dim)


def test_the_logit_scale_is_a_factor(tmp_path):
    encoder = load_untrained(f"local-dir:{tiny_models.write(tmp_path / 'm')}")
    assert encoder.logit_scale == pytest.approx(np.exp(2.3))


def test_many_texts_are_encoded_as_one_by_one(tmp_path):
    encoder = load_untrained(f"local-dir:{tiny_models.write(tmp_path / 'm')}")
    texts = [f"number {i}" for i in range(150)]
    singly = np.concatenate([encoder.encode_texts([text]) for text in texts])
    np.testing.assert_allclose(encoder.encode_texts(texts), singly, atol=1e-5)


def test_the_hash_names_the_weights_and_nothing_else(tmp_path):
    folder = tiny_models.write(tmp_path / "m")
    path = folder / "open_clip_model.safetensors"
    hashes = {
        load_untrained(f"local-dir:{folder}", dtype=d).weights_hash for d in ("auto", "bfloat16")
    }
    state = load_file(path)
    save_file(dict(reversed(state.items())), path, metadata={"format": "other"})
    hashes.add(load_untrained(f"local-dir:{folder}").weights_hash)
    assert len(hashes) == 1
    state["text.ln_final.bias"][0] += 1e-3
    save_file(state, path)
    assert load_untrained(f"local-dir:{folder}").weights_hash not in hashes


def test_low_precision_keeps_the_direction(tmp_path):
    folder = tiny_models.write(tmp_path / "m", tiny_models.SOFTMAX)
    full, half = (load_untrained(f"local-dir:{folder}", dtype=d) for d in ("float32", "bfloat16"))
    assert half.dtype == "bfloat16"
    cut = [full.preprocess(picture(w)) for w in (20, 60, 100)]
    assert (full.encode_images(cut) * half.encode_images(cut)).sum(1).min() > 0.999
    assert (full.encode_texts(TEXTS) * half.encode_texts(TEXTS)).sum(1).min() > 0.999


def test_folded_batch_norms_leave_the_vectors_as_open_clip_gives_them(tmp_path):
    folder = tiny_models.write(tmp_path / "m", tiny_models.SIGMOID)
    encoder = load_untrained(f"local-dir:{folder}")
    plain = open_clip.create_model(f"local-dir:{folder}").eval()
    assert any(isinstance(layer, torch.nn.BatchNorm2d) for layer in plain.modules())
    assert not any(isinstance(layer, torch.nn.BatchNorm2d) for layer in encoder.model.modules())
    pictures = [picture(w) for w in (20, 60, 100)]
    with torch.inference_mode():
        pixels = torch.stack([encoder.pixels(p) for p in pictures])
        expected = torch.nn.functional.normalize(plain.encode_image(pixels), dim=-1)
    found = encoder.encode_images([encoder.preprocess(p) for p in pictures])
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("mode", ["shortest", "longest", "squash"])
def test_pictures_cut_together_are_cut_as_alone(mode):
    ours = Preprocessing.from_config(
        CLIP_VALUES | {"size": 32, "resize_mode": mode, "fill_color": 0}
    )
    pictures = [picture(60, 40), picture(40, 60).transpose(Image.Transpose.ROTATE_90)]
    together = ours.cut(pictures)
    assert together.shape == (2, 3, 32, 32)
    assert together.dtype == torch.uint8
    for one, alone in zip(together, pictures, strict=True):
        assert torch.equal(one, ours.cut([alone])[0])


@pytest.mark.parametrize("options", [{"device": "tpu"}, {"dtype": "int4"}])
def test_a_device_or_dtype_that_is_not_there_is_named(tmp_path, options):
    folder = tiny_models.write(tmp_path / "m")
    with pytest.raises(InputError, match=next(iter(options.values()))):
        load_untrained(f"local-dir:{folder}", **options)


@settings(max_examples=60, deadline=None)
@given(
    width=st.integers(1, 300),
    height=st.integers(1, 300),
    mode=st.sampled_from(["shortest", "longest", "squash"]),
    interpolation=st.sampled_from(["bicubic", "bilinear"]),
    fill=st.sampled_from([0, 127]),
)
def test_pixels_are_those_of_open_clips_own_transform(width, height, mode, interpolation, fill):
    config = CLIP_VALUES | {"size": 64, "resize_mode": mode, "fill_color": fill}
    config["interpolation"] = interpolation
    ours = Preprocessing.from_config(config)
    theirs = image_transform_v2(PreprocessCfg(**config), is_train=False)
    source = picture(width, height)
    if mode == "longest" and min(round(64 * width / height), round(64 * height / width)) < 1:
        return  # open_clip itself can't resize these to less than one pixel
    got = ours.normalise(ours.cut([source]), torch.float32)[0]
    wanted = theirs(source)
    assert got.shape == wanted.shape
    assert (got - wanted).abs().mean() < 0.02


def test_the_preprocessing_line_tells_every_difference():
    base = CLIP_VALUES | {"size": 64, "fill_color": 0}
    changes = [
        {}, {"size": 32}, {"mean": [0.5] * 3}, {"std": [0.5] * 3}, {"interpolation": "bilinear"},
        {"resize_mode": "squash"}, {"resize_mode": "longest"},
        {"resize_mode": "longest", "fill_color": 9},
    ]  # fmt: skip
    lines = {str(Preprocessing.from_config(base | change)) for change in changes}
    assert len(lines) == len(changes)


def siglip2(**text) -> dict:
    config = open_clip.get_model_config("ViT-B-16-SigLIP2")
    text_cfg = {k: v for k, v in config["text_cfg"].items() if k != "hf_tokenizer_name"}
    return config | {"text_cfg": text_cfg | text}


def test_a_siglip_with_the_preprocessing_of_clip_is_refused(tmp_path):
    """open_clip issue 1068: it loads silently and gives other embeddings."""
    tiny_models.write_config(tmp_path, siglip2(), CLIP_VALUES)
    save_file({"logit_scale": torch.ones(1)}, tmp_path / "open_clip_model.safetensors")
    with pytest.raises(ModelSelfTestError, match=r"preprocessing.*0\.481.*trained with.*0\.5"):
        load(ModelSpec("siglip", f"local-dir:{tmp_path}"))


def test_a_siglip_that_came_without_preprocessing_gets_its_own(tmp_path):
    tiny_models.write_config(tmp_path, siglip2(), None)
    save_file({"logit_scale": torch.ones(1)}, tmp_path / "open_clip_model.safetensors")
    settled = settle(locate(ModelSpec("siglip", f"local-dir:{tmp_path}")))
    assert tuple(settled["mean"]) == tuple(settled["std"]) == (0.5, 0.5, 0.5)
    assert settled["resize_mode"] == "squash"


def test_a_bare_checkpoint_gets_the_preprocessing_of_its_architecture(tmp_path, empty_hub):
    checkpoint = tmp_path / "weights.safetensors"
    checkpoint.touch()
    text = snapshot(empty_hub, "timm/ViT-B-16-SigLIP2")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (text / name).touch()
    for architecture, mean in [
        ("ViT-B-16-SigLIP2", 0.5),
        ("MobileCLIP2-S2", 0.0),
        ("ViT-B-32", 0.481),
    ]:
        files = locate(ModelSpec("bare", f"{architecture}:{checkpoint}"))
        assert settle(files)["mean"][0] == pytest.approx(mean, abs=1e-3)


def test_an_unknown_sigmoid_model_must_say_its_preprocessing(tmp_path):
    folder = tiny_models.write(tmp_path / "m", preprocess=None)
    with pytest.raises(ModelSelfTestError, match="preprocessing"):
        load_untrained(f"local-dir:{folder}")


def test_a_checkpoint_file_loads_into_its_architecture(tmp_path):
    folder = tiny_models.write(tmp_path / "m", tiny_models.SOFTMAX, CLIP_VALUES)
    (tmp_path / "tiny-arch.json").write_text(json.dumps(tiny_models.SOFTMAX))
    open_clip.add_model_config(tmp_path / "tiny-arch.json")
    weights = folder / "open_clip_model.safetensors"
    bare = load_untrained(f"tiny-arch:{weights}")
    assert bare.weights_hash == load_untrained(f"local-dir:{folder}").weights_hash
    assert "shortest" in bare.preprocessing


def test_a_model_of_the_cache_loads_without_the_hub(empty_hub):
    tiny_models.write(snapshot(empty_hub, "org/tiny"))
    assert load_untrained("hf-hub:org/tiny").dim == 32


def test_a_model_in_its_own_folder_loads_without_the_hub(empty_hub, tmp_path):
    tiny_models.write(tmp_path / "models" / "mine")
    spec = ModelSpec("mine", "hf-hub:org/tiny")
    assert load(spec, models_dir=tmp_path / "models", self_test=False).dim == 32


def test_weights_trained_with_quick_gelu_say_so(empty_hub):
    (
        snapshot(empty_hub, "timm/vit_base_patch32_clip_224.openai") / "open_clip_model.safetensors"
    ).touch()
    assert locate(resolve("ViT-B-32/openai")).quick_gelu


@pytest.mark.parametrize(
    ("name", "files"),
    [
        (
            "siglip2-b16-224",
            ["open_clip_model.safetensors", "tokenizer.json", "timm/ViT-B-16-SigLIP2"],
        ),
        ("bioclip", ["open_clip_config.json", "open_clip_model.safetensors", "imageomics/bioclip"]),
    ],
)
def test_an_unreachable_hub_is_an_error_that_says_what_to_put_where(
    empty_hub, tmp_path, name, files
):
    with pytest.raises(ModelUnreachableError) as caught:
        load(resolve(name), models_dir=tmp_path / "models")
    told = str(caught.value)
    for part in [*files, str(tmp_path / "models" / name), str(empty_hub), "can't be reached"]:
        assert part in told


class HubOfOneModel(http.server.BaseHTTPRequestHandler):
    """Answers as the hub does, as far as a download asks."""

    folder: ClassVar[Path]
    commit = "0123456789abcdef0123456789abcdef01234567"

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = urllib.parse.urlparse(self.path).path
        file = self.folder / path.rpartition("/")[2]
        if path == "/":
            self.answer(b"", "text/html")
        elif path.startswith("/api/models/org/tiny/tree/"):
            files = [{"type": "file", "path": f.name, "size": f.stat().st_size, "oid": "0" * 40}
                     for f in self.folder.iterdir()]  # fmt: skip
            self.answer(json.dumps(files).encode(), "application/json")
        elif path.startswith("/api/models/org/tiny"):
            siblings = [{"rfilename": f.name} for f in self.folder.iterdir()]
            info = {"id": "org/tiny", "sha": self.commit, "siblings": siblings}
            self.answer(json.dumps(info).encode(), "application/json")
        elif path.startswith("/org/tiny/resolve/") and file.is_file():
            self.answer(file.read_bytes(), "application/octet-stream")
        else:
            self.send_error(404)

    def answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Repo-Commit", self.commit)
        self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def answering_hub(tmp_path, empty_hub, monkeypatch):
    HubOfOneModel.folder = tiny_models.write(tmp_path / "on the hub")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), HubOfOneModel)
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(hub, "PROBE_SECONDS", 4.0)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield empty_hub
    server.shutdown()
    server.server_close()


def test_a_model_of_the_hub_is_fetched_once(answering_hub, monkeypatch):
    first = load_untrained("hf-hub:org/tiny")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert load_untrained("hf-hub:org/tiny").weights_hash == first.weights_hash


def test_a_model_that_the_hub_does_not_have_is_named(answering_hub):
    with pytest.raises(ModelUnreachableError, match=r"org/other.*404"):
        load(ModelSpec("org/other", "hf-hub:org/other"))
    (HubOfOneModel.folder / "open_clip_model.safetensors").unlink()
    with pytest.raises(ModelUnreachableError, match=r"no file open_clip_model\.safetensors or"):
        load_untrained("hf-hub:org/tiny")


def test_offline_mode_asks_nobody(empty_hub, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelUnreachableError, match="HF_HUB_OFFLINE"):
        load(resolve("bioclip"))


def test_a_missing_transformers_is_named(tmp_path):
    if importlib.util.find_spec("transformers"):
        pytest.skip("transformers is installed here")
    config = tiny_models.SIGMOID | {"text_cfg": tiny_models.TEXT | {"hf_tokenizer_name": "org/tok"}}
    folder = tmp_path / "m"
    tiny_models.write(folder, tiny_models.SIGMOID)
    tiny_models.write_config(folder, config, tiny_models.SQUASH)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).write_text("{}")
    with pytest.raises(EncoderError, match="transformers"):
        load_untrained(f"local-dir:{folder}")


def break_config(folder):
    (folder / "open_clip_config.json").write_text("{")


def empty_config(folder):
    (folder / "open_clip_config.json").write_text("{}")


def cut_weights(folder):
    path = folder / "open_clip_model.safetensors"
    path.write_bytes(path.read_bytes()[:5000])


def other_weights(folder):
    tiny_models.write(folder / "other", tiny_models.SOFTMAX)
    (folder / "other" / "open_clip_model.safetensors").rename(
        folder / "open_clip_model.safetensors"
    )


def no_weights(folder):
    (folder / "open_clip_model.safetensors").unlink()


@pytest.mark.parametrize(
    "damage", [break_config, empty_config, cut_weights, other_weights, no_weights]
)
def test_a_damaged_folder_is_an_error_that_names_it(tmp_path, damage):
    folder = tiny_models.write(tmp_path / "tiny")
    damage(folder)
    with pytest.raises(EncoderError, match="tiny"):
        load_untrained(f"local-dir:{folder}")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("local-dir:/no/such/place", "/no/such/place"),
        ("ViT-B-32:/no/such/file.pt", "/no/such/file.pt"),
        ("ViT-B-32/no_such_tag", "laion2b_s34b_b79k"),
        ("NoArchitecture/tag", "NoArchitecture"),
    ],
)
def test_a_source_that_leads_nowhere_is_named(source, told):
    with pytest.raises(EncoderError, match=told):
        load_untrained(source)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.sampled_from(["red", "Blue", "zebra", "7", "ufo"]), max_size=6))
def test_a_model_with_a_vocabulary_knows_what_it_does_not_know(small_vocabulary, words):
    expected = [w for w in dict.fromkeys(w.lower() for w in words) if w in ("zebra", "ufo")]
    assert small_vocabulary.unknown_words(", ".join(words)) == expected


@pytest.fixture(scope="module")
def small_vocabulary(tmp_path_factory):
    folder = tiny_models.write(tmp_path_factory.mktemp("vocabulary"))
    (folder / "vocabulary.txt").write_text("red\nblue\n7\n")
    return load_untrained(f"local-dir:{folder}")


def test_a_general_model_knows_every_word(tmp_path):
    assert (
        load_untrained(f"local-dir:{tiny_models.write(tmp_path / 'm')}").unknown_words("ufo") == []
    )
