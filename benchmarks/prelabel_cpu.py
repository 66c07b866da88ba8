"""CPU seconds of pre-labelling against its parts and against simpler ways, in the same run.

``python -m benchmarks.prelabel_cpu [--pictures FOLDER] [--out FILE]``

Ways that are measured, each in CPU seconds of the whole process (all threads):

- decode: the bytes to RGB pixels, and nothing else; with Pillow in full, and as the stream does it
- cut: RGB pixels to the model's size, and nothing else
- model: cut pictures to vectors, and nothing else
- stream: Prelabel's ``embed_stream``, bytes to vectors; wanted: at most 1.1 × the three above
- plain loop: Pillow, open_clip's own transform, the same model and batch size, one after the other
- one a call: each picture by itself and the prompts encoded again with it, in float32, as
  autodistill-clip does; wanted: at least 5 × the stream

Ratios are what counts; they are stable on a busy machine, seconds are not.
"""

import argparse
import io
import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import open_clip
import torch
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image, ImageDraw
from safetensors.torch import save_file
from sklearn.datasets import load_digits

from labeling.encoders.open_clip import OpenClipEncoder, load
from labeling.encoders.registry import ModelSpec, resolve
from labeling.encoders.stream import embed_stream
from labeling.images.decode import load_rgb

CLASSES = [f"thing number {i}" for i in range(10)]
PICTURES = 256
ROUNDS = 5


@dataclass(frozen=True)
class Contender:
    """A model, and how many pictures each way may take of it."""

    encoder: OpenClipEncoder
    reference: Any
    pictures: int


def main() -> None:
    arguments = parser().parse_args()
    if arguments.pictures:
        sets = {str(arguments.pictures): read_folder(arguments.pictures)}
    else:
        sets = {"digit scans, 28 px PNG": scan_digits(), "scenes, 500 px JPEG": draw_scenes()}
    results = []
    for model in arguments.models:
        contender = prepare(model, arguments.limit)
        for name, pictures in sets.items():
            data = [pictures[i % len(pictures)] for i in range(contender.pictures)]
            results.append({"model": model, "set": name} | measure(contender, data))
            print(table(results[-1]))
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(results, indent=2) + "\n")
    print(f"written to {arguments.out}")


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    made.add_argument("--pictures", type=Path, help="folder; default: generated JPEG scenes")
    made.add_argument("--models", nargs="+", default=["embedded", "ViT-B-32"])
    made.add_argument("--limit", type=int, help="pictures per model")
    made.add_argument("--out", type=Path, default=Path("benchmarks/out/prelabel_cpu.json"))
    return made


def read_folder(folder: Path) -> list[bytes]:
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
    return [path.read_bytes() for path in files]


def scan_digits() -> list[bytes]:
    """Handwritten digits of scikit-learn, brought to the 28 px of the shipped sample."""
    scans = load_digits().images[:PICTURES] * 15.9
    return [
        encoded(Image.fromarray(scan.astype(np.uint8)).resize((28, 28)), "PNG") for scan in scans
    ]


def encoded(picture: Image.Image, kind: str) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind)
    return file.getvalue()


def draw_scenes() -> list[bytes]:
    """JPEG scenes of 500 × 375 with shapes and grain, as much detail as a photograph."""
    rng = np.random.default_rng(0)
    scenes = []
    for _ in range(PICTURES):
        sky = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
        scene = Image.fromarray(sky).resize((500, 375), Image.Resampling.BICUBIC)
        pen = ImageDraw.Draw(scene)
        for _ in range(6):
            x, y, r = (int(v) for v in rng.integers(20, 350, 3))
            pen.ellipse(
                (x, y, x + r // 2, y + r // 2), fill=tuple(rng.integers(0, 256, 3).tolist())
            )
        grain = rng.normal(0, 12, (375, 500, 3))
        pixels = np.clip(np.asarray(scene) + grain, 0, 255).astype(np.uint8)
        scenes.append(encoded(Image.fromarray(pixels), "JPEG"))
    return scenes


def prepare(name: str, limit: int | None) -> Contender:
    """Load a model by name, or an open_clip architecture with random weights (same arithmetic)."""
    if name not in open_clip.list_models():
        encoder = load(resolve(name))
        reference = load(resolve(name), dtype="float32")
        return Contender(encoder, reference, limit or 1000)
    with tempfile.TemporaryDirectory() as folder:
        torch.manual_seed(0)
        weights = Path(folder) / "weights.safetensors"
        state = open_clip.create_model(name).state_dict()
        save_file({key: value.contiguous() for key, value in state.items()}, weights)
        spec = ModelSpec(name, f"{name}:{weights}")
        encoder = load(spec, self_test=False)
        reference = load(spec, self_test=False, dtype="float32")
    return Contender(encoder, reference, limit or 192)


def measure(contender: Contender, data: list[bytes]) -> dict[str, Any]:
    encoder = contender.encoder
    decoded = [load_rgb(d, at_least=encoder.image_size) for d in data]
    cut = [encoder.preprocess(picture) for picture in decoded]
    few = data[: max(24, len(data) // 8)]
    per_picture = best_of(
        {
            "decode_pillow": (lambda: decode_pillow(data), len(data)),
            "decode": (lambda: [load_rgb(d, encoder.image_size) for d in data], len(data)),
            "cut": (lambda: [encoder.preprocess(picture) for picture in decoded], len(data)),
            "model": (lambda: batched(encoder, cut), len(data)),
            "stream": (lambda: stream(encoder, data), len(data)),
            "plain_loop": (lambda: plain_loop(contender.reference, data), len(data)),
            "plain_loop_same_dtype": (lambda: plain_loop(encoder, data), len(data)),
            "one_a_call": (lambda: one_a_call(contender.reference, few), len(few)),
        }
    )
    decode_model = per_picture["decode"] + per_picture["model"]
    pillow_model = per_picture["decode_pillow"] + per_picture["model"]
    return {
        "pictures": len(data),
        "dtype": encoder.dtype,
        "batch_size": encoder.batch_size,
        "threads": torch.get_num_threads(),
        "cpu_ms_per_picture": {way: round(1000 * s, 3) for way, s in per_picture.items()},
        "stream_to_decode_cut_model": round(
            per_picture["stream"] / (decode_model + per_picture["cut"]), 3
        ),
        "stream_to_decode_model": round(per_picture["stream"] / decode_model, 3),
        "stream_to_pillow_model": round(per_picture["stream"] / pillow_model, 3),
        "stream_to_plain_loop": round(per_picture["stream"] / per_picture["plain_loop"], 3),
        "stream_to_plain_loop_same_dtype": round(
            per_picture["stream"] / per_picture["plain_loop_same_dtype"], 3
        ),
        "one_a_call_to_stream": round(per_picture["one_a_call"] / per_picture["stream"], 2),
    }


def best_of(ways: dict[str, tuple[Callable[[], object], int]]) -> dict[str, float]:
    """CPU seconds per picture: the ways take turns, the best of several rounds counts."""
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(ROUNDS):
        for name, (run, count) in ways.items():
            started = time.process_time()
            run()
            best[name] = min(best[name], (time.process_time() - started) / count)
    return best


def decode_pillow(data: list[bytes]) -> list[Image.Image]:
    return [Image.open(io.BytesIO(d)).convert("RGB") for d in data]


def batched(encoder: OpenClipEncoder, cut: list[torch.Tensor]) -> None:
    for start in range(0, len(cut), encoder.batch_size):
        encoder.encode_images(cut[start : start + encoder.batch_size])


def stream(encoder: OpenClipEncoder, data: list[bytes]) -> None:
    for _ in embed_stream(encoder, ((i, lambda d=d: d) for i, d in enumerate(data))):
        pass


def plain_loop(encoder: OpenClipEncoder, data: list[bytes]) -> None:
    """What a careful person writes with open_clip alone."""
    transform = image_transform_v2(PreprocessCfg(**encoder.preprocess_config), is_train=False)
    for start in range(0, len(data), encoder.batch_size):
        batch = data[start : start + encoder.batch_size]
        pixels = torch.stack([transform(Image.open(io.BytesIO(d)).convert("RGB")) for d in batch])
        encode(encoder, pixels)


def one_a_call(encoder: OpenClipEncoder, data: list[bytes]) -> None:
    """What autodistill-clip does: prompts and one picture through the model, again and again."""
    transform = image_transform_v2(PreprocessCfg(**encoder.preprocess_config), is_train=False)
    for d in data:
        encode(encoder, transform(Image.open(io.BytesIO(d)).convert("RGB"))[None])
        encoder.encode_texts(CLASSES)


@torch.inference_mode()
def encode(encoder: OpenClipEncoder, pixels: torch.Tensor) -> np.ndarray:
    vectors = encoder.model.encode_image(pixels.to(getattr(torch, encoder.dtype)))
    return torch.nn.functional.normalize(vectors.float(), dim=-1).numpy()


def table(result: dict[str, Any]) -> str:
    lines = [
        f"\n{result['model']} on {result['set']} "
        f"({result['dtype']}, batch {result['batch_size']}, threads {result['threads']})"
    ]
    lines += [f"  {way:24}{ms:9.2f} CPU ms" for way, ms in result["cpu_ms_per_picture"].items()]
    lines += [f"  {key:34}{result[key]:9.2f}" for key in result if "_to_" in key]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
