import subprocess
import sys

import pytest

from labeling.errors import InputError
from labeling.prompts import templates


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("imagenet80", "OPENAI_IMAGENET_TEMPLATES"), ("simple7", "SIMPLE_IMAGENET_TEMPLATES")],
)
def test_shipped_sets_are_worded_as_in_open_clip(ours, theirs):
    from open_clip import zero_shot_metadata

    reference = getattr(zero_shot_metadata, theirs)
    assert templates.fill(templates.get([ours]), "fox") == [text("fox") for text in reference]


def test_shipped_sets_have_their_sizes():
    sizes = {name: len(found.texts) for name, found in templates.SHIPPED.items()}
    assert sizes == {"plain": 1, "photo": 1, "simple7": 7, "imagenet80": 80}


def test_background_texts_are_whole_texts():
    assert len(templates.BACKGROUND) >= 5
    assert all("{" not in text for text in templates.BACKGROUND)


def test_own_templates_are_kept_in_order_once():
    own = templates.get(["an X-ray of {}", "{}", "an X-ray of {} "])
    assert own == templates.Templates("own", ("an X-ray of {}", "{}"))
    assert templates.get(["a {} seen from above"]).texts == ("a {} seen from above",)


@pytest.mark.parametrize("text", ["a photo", "{} and {}", "a {name}", "{ }"])
def test_a_bad_template_is_named(text):
    with pytest.raises(InputError, match="exactly once") as caught:
        templates.get(["a {}", text])
    assert f'"{text}"' in str(caught.value)


def test_an_unknown_set_lists_the_known_ones():
    with pytest.raises(InputError, match="imagenet80"):
        templates.get(["imagenet81"])


def test_an_empty_list_is_refused():
    with pytest.raises(InputError, match="empty"):
        templates.get([])


def test_fill_adds_extra_prompts_and_keeps_braces_of_the_display_text():
    filled = templates.fill(templates.get(["photo"]), "{0} brace", ["a {} up close", "curly thing"])
    assert filled == ["a photo of a {0} brace.", "a {0} brace up close", "curly thing"]


def test_the_app_process_gets_neither_torch_nor_sklearn():
    code = (
        "import sys\n"
        "import labeling.prompts.templates, labeling.prompts.text_bank, labeling.class_names\n"
        "import labeling.exporters.registry\n"
        "print([m for m in ('torch', 'sklearn', 'modAL', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
