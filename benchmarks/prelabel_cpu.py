"""CPU seconds of pre-labelling against its parts and against simpler ways, in the same run.

``python -m benchmarks.prelabel_cpu [--pictures FOLDER] [--cores N] [--out FILE]``

Ways that are measured, each in CPU seconds of the whole process (all threads):

- decode pillow: ``Image.open(file).convert("RGB")``, the whole original, and nothing else
- decode: what feeds the model (the thumbnail for small ones) to the pixels that Prelabel works with
  (JPEGs at a half, quarter or eighth where that is twice what the model sees; checked; in sRGB)
- decode, busy: the same pictures on all cores at once, and nothing else
- cut: those pixels to the model's size, picture by picture, and nothing else
- model: cut pictures to vectors in batches, normalisation included, and nothing else
- stream: Prelabel's ``embed_stream``, bytes to vectors; wanted: at most 1.1 × decode and model
- decode originals, stream originals: the same without thumbnails, which the import makes for the
  app in any case and which count nowhere here
- plain loop: Pillow, open_clip's own transform and model, same batch size
- one a call: each picture by itself and the prompts encoded again with it, in float32, with
  open_clip's own transform and model, as autodistill-clip does; wanted: at least 5 × the stream

Ratios are medians over rounds in turns. Two hyper-threads of one core cost each other CPU seconds
that no part measured alone has: "decode, busy" has them too, and ``--cores 1`` leaves them out.
"""

import argparse
import io
import json
import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import open_clip
import torch
from PIL import Image, ImageDraw
from safetensors.torch import save_file
from sklearn.datasets import load_digits

from labeling.encoders.device import physical_cores
from labeling.encoders.open_clip import OpenClipEncoder, load
from labeling.encoders.registry import ModelSpec, resolve
from labeling.encoders.stream import embed_stream
from labeling.images.decode import load_rgb
from labeling.images.prepare import ingest_picture
from labeling.images.thumbs import thumb_feeds

CLASSES = [f"thing number {i}" for i in range(10)]
PICTURES = 256
ROUNDS = 5


@dataclass(frozen=True)
class Plain:
    """A model as open_clip loads it: its own transform, its own tokenizer."""

    model: Any
    transform: Callable[[Image.Image], torch.Tensor]
    tokenizer: Callable[[list[str]], torch.Tensor]
    dtype: torch.dtype = torch.float32

    @classmethod
    def load(cls, source: str) -> "Plain":
        """``local-dir:FOLDER`` or ``ARCH:CHECKPOINT``, in float32."""
        schema, _, path = source.partition(":")
        name, weights = (source, None) if schema == "local-dir" else (schema, path)
        model, _, transform = open_clip.create_model_and_transforms(name, pretrained=weights)
        return cls(model.eval(), transform, open_clip.get_tokenizer(name))

    def to(self, dtype: torch.dtype) -> "Plain":
        """A copy in other arithmetic."""
        return replace(self, model=deepcopy(self.model).to(dtype), dtype=dtype)

    @torch.inference_mode()
    def images(self, data: list[bytes]) -> np.ndarray:
        """Vectors of picture files: float32 [n, dim]."""
        decoded = decode_pillow(data)
        pixels = torch.stack([self.transform(picture) for picture in decoded]).to(self.dtype)
        return unit(self.model.encode_image(pixels))

    @torch.inference_mode()
    def texts(self, texts: list[str]) -> np.ndarray:
        """Vectors of texts: float32 [n, dim]."""
        return unit(self.model.encode_text(self.tokenizer(texts)))


def unit(vectors: torch.Tensor) -> np.ndarray:
    return torch.nn.functional.normalize(vectors.float(), dim=-1).numpy()


@dataclass(frozen=True)
class Contender:
    """A model, and how many pictures each way may take of it."""

    encoder: OpenClipEncoder
    plain: Plain
    pictures: int


def main() -> None:
    arguments = parser().parse_args()
    if arguments.cores:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.cores])
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
    made.add_argument("--cores", type=int, help="use so many cores; default: all")
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
        spec = resolve(name)
        return Contender(load(spec), Plain.load(spec.source), limit or 1000)
    with tempfile.TemporaryDirectory() as folder:
        torch.manual_seed(0)
        weights = Path(folder) / "weights.safetensors"
        state = open_clip.create_model(name).state_dict()
        save_file({key: value.contiguous() for key, value in state.items()}, weights)
        spec = ModelSpec(name, f"{name}:{weights}")
        return Contender(load(spec, self_test=False), Plain.load(spec.source), limit or 192)


def measure(contender: Contender, data: list[bytes]) -> dict[str, Any]:
    encoder, plain = contender.encoder, contender.plain
    size = encoder.image_size
    fed = [fed_to(size, d) for d in data]
    decoded = [load_rgb(d, size) for d in fed]
    cut = [encoder.preprocess(picture) for picture in decoded]
    few = data[: max(24, len(data) // 8)]
    same = plain.to(getattr(torch, encoder.dtype))
    rounds = take_turns(
        {
            "decode_pillow": (lambda: decode_pillow(data), len(data)),
            "decode": (lambda: [load_rgb(d, size) for d in fed], len(data)),
            "decode_busy": (lambda: decode_at_once(fed, size), len(data)),
            "decode_originals": (lambda: [load_rgb(d, size) for d in data], len(data)),
            "cut": (lambda: [encoder.preprocess(picture) for picture in decoded], len(data)),
            "model": (lambda: batched(encoder, cut), len(data)),
            "stream": (lambda: stream(encoder, fed), len(data)),
            "stream_originals": (lambda: stream(encoder, data), len(data)),
            "plain_loop": (lambda: plain_loop(plain, data, encoder.batch_size), len(data)),
            "plain_loop_same_dtype": (
                lambda: plain_loop(same, data, encoder.batch_size),
                len(data),
            ),
            "one_a_call": (lambda: one_a_call(plain, few), len(few)),
        }
    )

    def ratio(one: list[str], other: list[str]) -> float:
        return round(
            median(sum(r[way] for way in one) / sum(r[way] for way in other) for r in rounds), 3
        )

    return {
        "pictures": len(data),
        "dtype": encoder.dtype,
        "batch_size": encoder.batch_size,
        "threads": torch.get_num_threads(),
        "cores": physical_cores(),
        "cpu_ms_per_picture": {
            way: round(1000 * median(r[way] for r in rounds), 3) for way in rounds[0]
        },
        "stream_to_decode_cut_model": ratio(["stream"], ["decode", "cut", "model"]),
        "stream_to_busy_decode_cut_model": ratio(["stream"], ["decode_busy", "cut", "model"]),
        "stream_to_decode_model": ratio(["stream"], ["decode", "model"]),
        "stream_to_pillow_model": ratio(["stream"], ["decode_pillow", "model"]),
        "originals_to_decode_cut_model": ratio(
            ["stream_originals"], ["decode_originals", "cut", "model"]
        ),
        "plain_loop_to_stream": ratio(["plain_loop"], ["stream"]),
        "plain_loop_same_dtype_to_stream": ratio(["plain_loop_same_dtype"], ["stream"]),
        "one_a_call_to_stream": ratio(["one_a_call"], ["stream"]),
        "one_a_call_to_stream_originals": ratio(["one_a_call"], ["stream_originals"]),
    }


def fed_to(size: int, data: bytes) -> bytes:
    """What a model of ``size`` pixels is fed of a picture that was imported."""
    made = ingest_picture(data)
    return made.thumb if thumb_feeds(size, (made.width, made.height)) else data


def take_turns(ways: dict[str, tuple[Callable[[], object], int]]) -> list[dict[str, float]]:
    """CPU seconds per picture, by way, for each round."""
    rounds = []
    for number in range(ROUNDS):
        took = {}
        for name in list(ways)[:: -1 if number % 2 else 1]:
            run, count = ways[name]
            started = time.process_time()
            run()
            took[name] = (time.process_time() - started) / count
        rounds.append({name: took[name] for name in ways})
    return rounds


def decode_pillow(data: list[bytes]) -> list[Image.Image]:
    return [Image.open(io.BytesIO(d)).convert("RGB") for d in data]


def decode_at_once(data: list[bytes], size: int) -> None:
    with ThreadPoolExecutor(physical_cores()) as threads:
        for _ in threads.map(lambda d: load_rgb(d, size), data):
            pass


def batched(encoder: OpenClipEncoder, cut: list[torch.Tensor]) -> None:
    for start in range(0, len(cut), encoder.batch_size):
        encoder.encode_images(cut[start : start + encoder.batch_size])


def stream(encoder: OpenClipEncoder, data: list[bytes]) -> None:
    for _ in embed_stream(encoder, ((i, lambda d=d: d) for i, d in enumerate(data))):
        pass


def plain_loop(plain: Plain, data: list[bytes], batch: int) -> None:
    """What a careful person writes with open_clip alone."""
    for start in range(0, len(data), batch):
        plain.images(data[start : start + batch])


def one_a_call(plain: Plain, data: list[bytes]) -> None:
    """What autodistill-clip does: prompts and one picture through the model, again and again."""
    for d in data:
        plain.images([d])
        plain.texts(CLASSES)


def table(result: dict[str, Any]) -> str:
    lines = [
        f"\n{result['model']} on {result['set']} "
        f"({result['dtype']}, batch {result['batch_size']}, threads {result['threads']}, "
        f"cores {result['cores']})"
    ]
    lines += [f"  {way:24}{ms:9.2f} CPU ms" for way, ms in result["cpu_ms_per_picture"].items()]
    lines += [f"  {key:34}{result[key]:9.2f}" for key in result if "_to_" in key]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
