"""Trains the embedded model: ``python -m labeling.encoders.embedded.training.train --out DIR``.

SigLIP's loss at toy scale. Every caption that is true of a picture counts as a positive; helper
heads that read the attributes off the image vector guide the first part and then fade out.
"""

import argparse
import json
import math
import time
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from open_clip import CustomTextCLIP
from torch import Tensor, nn

from labeling.encoders.embedded.training.calibrate import calibrate
from labeling.encoders.embedded.training.captions import (
    caption,
    class_prompts,
    every_text,
    vocabulary,
)
from labeling.encoders.embedded.training.draw import Stream
from labeling.encoders.embedded.training.facts import ATTRIBUTES, PLACE, Facts, is_true
from labeling.encoders.embedded.training.model import MODEL_CONFIG, SmallTokenizer, build, export
from labeling.encoders.embedded.training.pool import Pool, batches, draw_pool

VISITS = 3
IMAGE_SCALE = 127.5


@dataclass(frozen=True)
class Recipe:
    """Everything that shapes a training run."""

    steps: int = 20_000
    batch: int = 64
    pool: int = 12_288
    learning_rate: float = 3e-3
    weight_decay: float = 0.05
    warm_up: int = 300
    helpers_end: float = 0.7
    group_weight: float = 1.0
    average: float = 0.999
    seed: int = 0


class Trainee(nn.Module):
    """The model with the helper heads that are thrown away in the end."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.clip: CustomTextCLIP = build(vocabulary)
        sizes = [len(values) for values in ATTRIBUTES.values()]
        self.helpers = nn.ModuleList(nn.Linear(MODEL_CONFIG["embed_dim"], n) for n in sizes)

    def helper_loss(self, vectors: Tensor, truth: Tensor) -> Tensor:
        """Sum the cross-entropies of all attributes, over the pictures that have them."""
        losses = [
            F.cross_entropy(head(vectors), truth[:, place].long(), ignore_index=-1, reduction="sum")
            for place, head in enumerate(self.helpers)
        ]
        return torch.stack(losses).sum() / len(vectors)

    def encode_texts(self, tokens: Tensor) -> Tensor:
        """Encode int64 [n, length] into unit vectors; shorter rows than the context are cheaper."""
        text = self.clip.text
        whole_mask = text.attn_mask
        text.attn_mask = whole_mask[: tokens.shape[1], : tokens.shape[1]]
        vectors = self.clip.encode_text(tokens, normalize=True)
        text.attn_mask = whole_mask
        return vectors


def sigmoid_loss(logits: Tensor, true: Tensor) -> Tensor:
    """SigLIP's loss with several positives: logits and bool, both [pictures, captions]."""
    signs = true.float() * 2 - 1
    return -F.logsigmoid(signs * logits).sum() / len(logits)


def group_loss(logits: Tensor, truth: Tensor, groups: list[tuple[int, list[int]]]) -> Tensor:
    """Cross-entropy among the prompts of one attribute, as zero-shot classification uses them.

    Args:
        logits: float [pictures, captions].
        truth: int8 [pictures, attributes].
        groups: (attribute place, caption columns in the order of its values).
    """
    losses = [
        F.cross_entropy(
            logits[:, columns], truth[:, place].long(), ignore_index=-1, reduction="sum"
        )
        for place, columns in groups
    ]
    return torch.stack(losses).sum() / len(logits)


def prompt_groups(claims: Facts) -> list[tuple[int, list[int]]]:
    """Find the columns of :func:`class_prompts` that compete for one attribute.

    Every prompt claims a family besides its own attribute, so families don't compete.
    """
    groups = []
    for name, values in ATTRIBUTES.items():
        claimed = claims[:, PLACE[name]]
        if name != "family" and set(range(len(values))) <= set(claimed.tolist()):
            columns = [int(np.argmax(claimed == value)) for value in range(len(values))]
            groups.append((PLACE[name], columns))
    return groups


def pictures(recipe: Recipe, rng: np.random.Generator) -> Iterator[Pool]:
    """Yield batches for ever; each drawn picture is seen a few times, then replaced."""
    first = recipe.seed * 10**9
    while True:
        pool = draw_pool(Stream.TRAINING, first, recipe.pool)
        for _ in range(VISITS):
            yield from batches(pool, recipe.batch, rng)
        first += recipe.pool


def to_tensor(pixels: NDArray[np.uint8]) -> Tensor:
    """Scale uint8 [n, h, w, 3] to float [n, 3, h, w] in -1..1, channels last in memory."""
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / IMAGE_SCALE - 1


def optimizer(trainee: Trainee, recipe: Recipe) -> torch.optim.AdamW:
    """AdamW; no decay for vectors and scalars, ten times the rate for logit scale and bias."""
    fast: list[nn.Parameter] = []
    plain: list[nn.Parameter] = []
    decayed: list[nn.Parameter] = []
    for name, weight in trainee.named_parameters():
        if name.endswith(("logit_scale", "logit_bias")):
            fast.append(weight)
        else:
            (decayed if weight.ndim > 1 else plain).append(weight)
    rate = recipe.learning_rate
    return torch.optim.AdamW(
        [
            {"params": fast, "lr": 10 * rate, "weight_decay": 0.0},
            {"params": plain, "lr": rate, "weight_decay": 0.0},
            {"params": decayed, "lr": rate, "weight_decay": recipe.weight_decay},
        ],
        betas=(0.9, 0.98),
    )


def schedule(step: int, recipe: Recipe) -> float:
    """Learning-rate factor: linear warm-up, then cosine to zero."""
    if step < recipe.warm_up:
        return (step + 1) / recipe.warm_up
    progress = (step - recipe.warm_up) / (recipe.steps - recipe.warm_up)
    return 0.5 * (1 + math.cos(math.pi * progress))


def loss_of(
    trainee: Trainee, batch: Pool, tokenizer: SmallTokenizer, rng: np.random.Generator,
    recipe: Recipe, progress: float,
) -> Tensor:  # fmt: skip
    """Compute the whole loss of one batch at a point (0..1) of the training."""
    prompts = class_prompts(rng)
    captions = prompts + [caption(truth, rng) for truth in batch.facts]
    claims = np.stack([claim for _, claim in captions])
    raw = trainee.clip.encode_image(to_tensor(batch.pixels))
    texts = trainee.encode_texts(tokenizer([text for text, _ in captions]))
    similarity = F.normalize(raw, dim=-1) @ texts.T
    logits = trainee.clip.logit_scale.exp() * similarity + trainee.clip.logit_bias
    truth = torch.from_numpy(batch.facts)
    groups = prompt_groups(claims[: len(prompts)])
    loss = sigmoid_loss(logits, torch.from_numpy(is_true(batch.facts, claims)))
    loss = loss + recipe.group_weight * group_loss(logits, truth, groups)
    help_left = max(0.0, 1 - progress / recipe.helpers_end)
    return loss + help_left * trainee.helper_loss(raw, truth) if help_left else loss


@torch.no_grad()
def follow(average: CustomTextCLIP, model: CustomTextCLIP, share: float) -> None:
    """Move the averaged weights a little towards the current ones."""
    pairs = zip(average.state_dict().values(), model.state_dict().values(), strict=True)
    for kept, new in pairs:
        if kept.is_floating_point():
            kept.lerp_(new, 1 - share)
        else:
            kept.copy_(new)


def train(recipe: Recipe, out: Path, checkpoints: int = 20) -> None:
    """Train and export; a usable checkpoint is written to ``out`` several times on the way."""
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng((recipe.seed, 77))
    tokenizer = SmallTokenizer(every_text())
    trainee = Trainee(len(tokenizer.used)).to(memory_format=torch.channels_last)
    average = deepcopy(trainee.clip).eval()
    optim = optimizer(trainee, recipe)
    rates = torch.optim.lr_scheduler.LambdaLR(optim, lambda step: schedule(step, recipe))
    running = 0.0
    for step, batch in zip(range(1, recipe.steps + 1), pictures(recipe, rng), strict=False):
        loss = loss_of(trainee, batch, tokenizer, rng, recipe, step / recipe.steps)
        optim.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(trainee.parameters(), 5.0)
        optim.step()
        rates.step()
        follow(average, trainee.clip, min(recipe.average, step / (step + 20)))
        running += (loss.item() - running) / min(step, 100)
        if step % 200 == 0:
            report(step, running, trainee.clip)
        if step % max(1, recipe.steps // checkpoints) == 0 or step == recipe.steps:
            export(average, tokenizer, vocabulary(), out)


def report(step: int, loss: float, model: CustomTextCLIP) -> None:
    """Print one line of progress."""
    line = {
        "step": step, "loss": round(loss, 4), "scale": round(model.logit_scale.exp().item(), 2),
        "bias": round(model.logit_bias.item(), 2), "cpu_seconds": round(time.process_time()),
    }  # fmt: skip
    print(json.dumps(line), flush=True)


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the open_clip model")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=Recipe.steps)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    train(Recipe(steps=options.steps, seed=options.seed), options.out)
    calibrate(options.out)


if __name__ == "__main__":
    main()
