import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.class_names import (
    RESERVED,
    ClassSpec,
    clean,
    looks_like_code,
    means_none,
    parse,
    read,
)
from labeling.errors import ClassNameError


def names(specs):
    return [spec.name for spec in specs]


def test_spaces_and_unicode_form_are_cleaned():
    specs = clean(["  Cat ", "fire   truck", "cafe\u0301", "a\u00a0 b"])
    assert names(specs) == ["Cat", "fire truck", "caf\u00e9", "a b"]


def test_duplicates_are_refused_naming_both():
    with pytest.raises(ClassNameError) as caught:
        clean(["Cat", "dog", "cat "])
    message = str(caught.value)
    assert '"Cat" (row 1)' in message
    assert '"cat" (row 3)' in message


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("cat/dog", "slash"),
        ("cat\\dog", "slash"),
        ("ca\x00t", r"U\+0000"),
        ("two\nlines", r"U\+000A"),
        ("tab\tbed", r"U\+0009"),
        ("right\u202eleft", r"U\+202E"),
        ("zero\u200bwidth", r"U\+200B"),
        ("x" * 65, "65 characters"),
        ("None", "reserved"),
        ("none_of_these", "reserved"),
        ("..", "reserved"),
    ],
)
def test_a_bad_name_is_refused_with_its_row(bad, says):
    with pytest.raises(ClassNameError, match=says) as caught:
        clean(["good", bad])
    assert "row 2" in str(caught.value)


def test_64_characters_emoji_and_joiners_are_fine():
    family = "\U0001f469\u200d\U0001f467"
    assert names(clean(["x" * 64, family, "猫"])) == ["x" * 64, family, "猫"]


@pytest.mark.parametrize(
    "code", ["SKU-114", "sku-114", "12", "7", "X", "cls_07", "A4", "class 3", "B-17"]
)
def test_codes_need_a_display_text(code):
    [bare] = clean([code])
    assert bare.needs_display
    assert code in bare.warnings[0]


@pytest.mark.parametrize(
    "word", ["cat", "ox", "fly", "USB", "Boeing 747", "A4 paper", "猫 2", "ünder"]
)
def test_words_do_not(word):
    assert not looks_like_code(word)
    assert clean([word])[0].warnings == ()


def test_a_display_text_ends_the_warning(tmp_path):
    path = tmp_path / "classes.csv"
    path.write_text("name,display\nSKU-114,a red mug\nfire_truck,\n")
    mug, truck = read(path)
    assert (mug.display, mug.needs_display, mug.warnings) == ("a red mug", False, ())
    assert (truck.name, truck.display) == ("fire_truck", "fire truck")


def test_parse_knows_quotes_and_positions():
    assert names(parse('cat, dog,"red, ripe apple"')) == ["cat", "dog", "red, ripe apple"]
    with pytest.raises(ClassNameError, match="position 2"):
        parse("cat,,dog")
    with pytest.raises(ClassNameError, match="No class name"):
        parse("")


def test_text_file_with_byte_order_mark_and_windows_lines(tmp_path):
    path = tmp_path / "classes.txt"
    path.write_bytes("\ufeffcat\r\n\r\ndog\r\n".encode())
    assert names(read(path)) == ["cat", "dog"]


def test_csv_columns(tmp_path):
    path = tmp_path / "classes.csv"
    path.write_text('Name,aliases,prompts\ncat,kitten|tomcat,"a cat, asleep|{} on a sofa"\n')
    assert read(path) == [
        ClassSpec("cat", "cat", ("kitten", "tomcat"), ("a cat, asleep", "{} on a sofa"))
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("cat\ndog\n", 'no column "name"'),
        ("name,alias\ncat,kitten\n", "'alias'"),
        ("name\nred, ripe\n", "Line 2 of classes.csv has 2 cells"),
        ("name,display\n,a mug\n", "line 2 of classes.csv is empty"),
        ("name\ncat\ndog\nCAT\n", "line 4 of classes.csv"),
    ],
)
def test_csv_faults_name_the_line(tmp_path, text, says):
    path = tmp_path / "classes.csv"
    path.write_text(text)
    with pytest.raises(ClassNameError, match=says):
        read(path)


def test_yaml_keeps_names_as_they_are_written(tmp_path):
    path = tmp_path / "classes.yaml"
    path.write_text("classes:\n- no\n- 010\n- {name: cat, aliases: [kitten], display: a cat}\n")
    specs = read(path)
    assert names(specs) == ["no", "010", "cat"]
    assert specs[2].aliases == ("kitten",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\nb: 2\n", "no list"),
        ("- [a, b]\n", "Entry 1"),
        ("- {nme: cat}\n", "'nme'"),
        ("- cat\n-\n", "entry 2 of c.yml is empty"),
        ("- {name: [a]}\n", "not one text"),
        ("- 'open\n", "no valid YAML"),
    ],
)
def test_yaml_faults_name_the_entry(tmp_path, text, says):
    path = tmp_path / "c.yml"
    path.write_text(text)
    with pytest.raises(ClassNameError, match=says):
        read(path)


def test_aliases_belong_to_one_class(tmp_path):
    path = tmp_path / "c.yml"
    path.write_text("- {name: cat, aliases: [Cat, pet]}\n- {name: dog, aliases: [PET]}\n")
    with pytest.raises(ClassNameError, match=r'"PET" of "dog".*repeats alias "pet" of "cat"'):
        read(path)


def test_unreadable_files_say_why(tmp_path):
    latin = tmp_path / "latin.txt"
    latin.write_bytes("größe".encode("latin-1"))
    with pytest.raises(ClassNameError, match="not UTF-8"):
        read(latin)
    with pytest.raises(ClassNameError, match="can't be read"):
        read(tmp_path / "missing.txt")
    with pytest.raises(ClassNameError, match="no list of classes"):
        read(tmp_path / "classes.docx")


@given(st.lists(st.text(max_size=70), max_size=5))
def test_what_passes_is_safe_unique_and_stays_as_it_is(given_names):
    try:
        specs = clean(given_names)
    except ClassNameError:
        return
    found = names(specs)
    assert len({name.casefold() for name in found}) == len(found)
    for name in found:
        assert 0 < len(name) <= 64
        assert name == unicodedata.normalize("NFC", name).strip()
        assert not set(name) & set("/\\\n\r\t\x00")
        assert name.casefold() not in RESERVED
    assert names(clean(found)) == found


@pytest.mark.parametrize("text", ["none", "None of these", "none_of_these", "NONE-OF-THESE"])
def test_what_means_none_can_be_no_class(text):
    assert means_none(text)
    with pytest.raises(ClassNameError, match="reserved"):
        clean([text])
