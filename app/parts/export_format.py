"""The formats of exports, and what each leaves to choose."""

import streamlit as st

ALWAYS_WITH_PICTURES = ("imagefolder", "huggingface", "fiftyone")
FORMATS = {
    "csv": "CSV – a row per picture",
    "jsonl": "JSONL – a JSON object per picture",
    "coco": "COCO – JSON, categories per picture",
    "imagefolder": "ImageFolder – a folder of pictures per class",
    "parquet": "Parquet – a row per picture, with types",
    "datumaro": "Datumaro",
    "cvat": "CVAT for images 1.1 – tags",
    "huggingface": "Hugging Face – load_dataset reads the folder",
    "fiftyone": "FiftyOne – image classification",
    "label_studio": "Label Studio – tasks and configuration",
}
PICTURES = {
    "copy": "Copy them",
    "hardlink": "Hard links: no extra space, the same file twice",
    "symlink": "Symbolic links: on this machine only",
}
WITHOUT = "none"


def choose(key: str) -> str:
    """Draw the choice of a format; its name."""
    return st.selectbox(
        "Format", list(FORMATS), format_func=lambda name: FORMATS[name], key=f"{key}-format"
    )


def options(fmt: str, mode: str, key: str) -> dict[str, str]:
    """Draw what a format leaves to choose: fields of ``ExportOptions``."""
    ways = PICTURES if fmt in ALWAYS_WITH_PICTURES else {WITHOUT: "Leave them out", **PICTURES}
    chosen = st.radio(
        "Pictures", list(ways), format_func=lambda way: ways[way], key=f"{key}-pictures-{fmt}"
    )
    found = {} if chosen == WITHOUT else {"pictures": chosen}
    if fmt == "imagefolder" and mode == "multi":
        st.caption("A picture with several labels goes into the folder of each.")
        found["several_labels"] = "each"
    if st.checkbox("Leave out pictures whose file is gone", key=f"{key}-missing"):
        found["missing"] = "skip"
    return found
