import subprocess
import sys
from pathlib import Path

import open_clip
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labeling.encoders import registry
from labeling.encoders.registry import ModelSpec, add, known, resolve
from labeling.errors import InputError, NotFoundError, SettingsError
from tests.unit import tiny_models

PLAIN_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)


def test_the_default_is_shipped_with_the_package():
    spec = resolve(registry.DEFAULT)
    assert spec.source.startswith("local-dir:")
    assert Path(spec.source.removeprefix("local-dir:")).parent.name == "embedded"


def test_every_shipped_model_says_what_a_person_must_know():
    for spec in known().values():
        assert spec.title
        assert spec.note
        assert spec.licence != "unknown"
        assert spec.parameters_m


def test_every_shipped_tag_is_known_to_open_clip():
    pretrained = set(open_clip.list_pretrained())
    tags = [spec.source for spec in known().values() if ":" not in spec.source]
    assert tags
    assert {tuple(source.split("/")) for source in tags} <= pretrained


@pytest.mark.parametrize(
    "source",
    ["ViT-B-32/openai", "ViT-B-16-SigLIP2:/some/where.safetensors", "hf-hub:org/repo"],
)
def test_what_open_clip_can_name_needs_no_entry(source):
    assert resolve(source).source == source


def test_a_folder_of_a_model_is_found_by_its_path_and_by_its_name(tmp_path):
    tiny_models.write_config(tmp_path / "birds", tiny_models.SIGMOID, None)
    expected = f"local-dir:{tmp_path / 'birds'}"
    assert resolve(str(tmp_path / "birds")).source == expected
    assert resolve("birds", tmp_path).source == expected


def test_an_unknown_name_suggests_near_ones():
    with pytest.raises(NotFoundError, match="siglip2-b16-224"):
        resolve("siglip2-b16")
    with pytest.raises(NotFoundError, match="prelabel models list"):
        resolve("nothing like it")
    with pytest.raises(NotFoundError, match="no folder with a model"):
        resolve("/no/such/folder")
    with pytest.raises(NotFoundError, match="Use siglip2-b16-224, or name its weights"):
        resolve("ViT-B-16-SigLIP2")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(title=PLAIN_TEXT, note=PLAIN_TEXT, size=st.none() | st.floats(0, 1e6), test=st.booleans())
def test_what_is_added_is_read_back(tmp_path_factory, title, note, size, test):
    models_dir = tmp_path_factory.mktemp("models")
    first = ModelSpec("first", "ViT-B-32/openai", title, "MIT", note, size, test)
    second = ModelSpec("second", "hf-hub:org/repo")
    add(models_dir, first)
    add(models_dir, second)
    specs = known(models_dir)
    assert specs["first"] == first
    assert specs["second"] == second


def test_a_name_is_given_once(tmp_path):
    with pytest.raises(InputError, match="already"):
        add(tmp_path, ModelSpec("embedded", "ViT-B-32/openai"))
    with pytest.raises(InputError, match="name"):
        add(tmp_path, ModelSpec("../evil", "ViT-B-32/openai"))
    with pytest.raises(NotFoundError):
        add(tmp_path, ModelSpec("fine", "no such source"))
    assert not (tmp_path / "models.toml").exists()


@pytest.mark.parametrize("content", ["[[model]", '[[model]]\nname = "x"', "model = 3"])
def test_a_broken_list_names_the_file(tmp_path, content):
    (tmp_path / "models.toml").write_text(content)
    with pytest.raises(SettingsError, match=r"models\.toml"):
        known(tmp_path)


def test_the_list_is_read_without_torch():
    code = (
        "import sys; from labeling.encoders.registry import known, resolve; known(); "
        "resolve('ViT-B-32/openai'); print('torch' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.stdout.strip() == "False", answer.stderr
