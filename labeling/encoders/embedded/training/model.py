"""The architecture, and how trained weights become an open_clip folder."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from open_clip import CustomTextCLIP
from open_clip.tokenizer import SimpleTokenizer
from safetensors.torch import save_file

IMAGE_SIDE = 64
CONTEXT = 24
FULL_VOCABULARY = 49408
MODEL_CONFIG: dict[str, Any] = {
    "embed_dim": 64,
    "init_logit_scale": float(np.log(10)),
    "init_logit_bias": -4.5,
    "custom_text": True,
    "vision_cfg": {
        "image_size": IMAGE_SIDE,
        "timm_model_name": "test_byobnet",
        "timm_model_pretrained": False,
        "timm_pool": "avg",
        "timm_proj": "",
    },
    "text_cfg": {
        "context_length": CONTEXT,
        "vocab_size": FULL_VOCABULARY,
        "width": 64,
        "heads": 2,
        "layers": 2,
    },
}
PREPROCESS_CONFIG = {
    "mean": [0.5, 0.5, 0.5],
    "std": [0.5, 0.5, 0.5],
    "interpolation": "bicubic",
    "resize_mode": "squash",
}
WEIGHTS_FILE = "open_clip_model.safetensors"
TOKEN_TABLE = "text.token_embedding.weight"


class SmallTokenizer:
    """open_clip's tokenizer restricted to the tokens of some texts, renumbered from 0.

    The order of the numbers is kept, so the end-of-text token stays the highest one, which is how
    the text tower finds it.
    """

    def __init__(self, texts: list[str]) -> None:
        self._full = SimpleTokenizer(context_length=CONTEXT)
        rows = self._full(texts)
        self.used = torch.unique(torch.cat([rows.flatten(), torch.zeros(1, dtype=torch.long)]))
        self._rows: dict[str, torch.Tensor] = {}

    def __call__(self, texts: list[str]) -> torch.Tensor:
        """Tokenize into int64 [n, length of the longest]; raises on a token outside the set."""
        rows = torch.stack([self._row(text) for text in texts])
        longest = int((rows > 0).sum(1).max())
        return rows[:, :longest]

    def _row(self, text: str) -> torch.Tensor:
        row = self._rows.get(text)
        if row is None:
            full = self._full([text])[0]
            row = torch.searchsorted(self.used, full)
            if not torch.equal(self.used[row], full):
                raise ValueError(f"a word of {text!r} is not in the trained vocabulary")
            self._rows[text] = row
        return row


def build(vocabulary: int) -> CustomTextCLIP:
    """Create the untrained model with a token table of ``vocabulary`` rows."""
    config = {**MODEL_CONFIG, "text_cfg": {**MODEL_CONFIG["text_cfg"], "vocab_size": vocabulary}}
    del config["custom_text"]
    return CustomTextCLIP(**config)


def export(
    model: CustomTextCLIP, tokenizer: SmallTokenizer, vocabulary: list[str], out: Path
) -> None:
    """Write the configuration, fp16 weights (unused token rows are zero) and the known words."""
    out.mkdir(parents=True, exist_ok=True)
    weights = {name: value.detach().clone() for name, value in model.state_dict().items()}
    table = torch.zeros(FULL_VOCABULARY, weights[TOKEN_TABLE].shape[1])
    table[tokenizer.used] = weights[TOKEN_TABLE]
    weights[TOKEN_TABLE] = table
    halves = {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in weights.items()
    }
    save_file(halves, out / WEIGHTS_FILE, metadata={"format": "pt"})
    config = {"model_cfg": MODEL_CONFIG, "preprocess_cfg": PREPROCESS_CONFIG}
    (out / "open_clip_config.json").write_text(json.dumps(config, indent=2) + "\n")
    (out / "vocabulary.txt").write_text("\n".join(vocabulary) + "\n")
