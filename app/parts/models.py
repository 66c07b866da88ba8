"""The models a person can choose, with what there is to know about each."""

import streamlit as st

from app import session
from labeling.encoders.registry import DEFAULT, ModelSpec, known

DEMO_NOTE = (
    "**Demo model: digits and drawn shapes only**; choose a SigLIP 2 checkpoint for your pictures."
)
_MEGABYTES_PER_MILLION = 4


def choose(key: str, current: str = DEFAULT) -> str:
    """Draw the list of models; anything open_clip can name may be typed. Return the choice."""
    specs = known(session.workspace().settings.models_dir)
    specs = {name: spec for name, spec in specs.items() if spec.has_texts}
    options = [*specs, *([] if current in specs else [current])]
    chosen = st.selectbox(
        "Model",
        options,
        index=options.index(current),
        format_func=lambda name: title(specs[name]) if name in specs else name,
        accept_new_options=True,
        key=key,
        help="Choose one, or type open_clip's own form: ARCH/tag, hf-hub:org/repo, "
        "local-dir:/path or ARCH:/path/to/checkpoint.",
    )
    name = chosen or current
    st.caption(about(specs[name]) if name in specs else "An open_clip source of your own.")
    return name


def title(spec: ModelSpec) -> str:
    """Return the name and the title of a model."""
    return f"{spec.name} – {spec.title}" if spec.title and spec.title != spec.name else spec.name


def about(spec: ModelSpec) -> str:
    """Return licence, size and note of a model in a line of Markdown."""
    if spec.name == DEFAULT:
        return f"{DEMO_NOTE} Licence {spec.licence}, ships with Prelabel."
    size = ""
    if spec.parameters_m:
        megabytes = spec.parameters_m * _MEGABYTES_PER_MILLION
        size = f"; about {megabytes:,.0f} MB to download at the first use"
    return f"{spec.note} Licence: {spec.licence}{size}.".strip()
