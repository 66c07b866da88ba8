"""Near-duplicates: the search against brute force, the look against pictures made on purpose."""

import io
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageEnhance

from labeling.images import duplicates
from labeling.images.duplicates import Groups, near_pairs, parsed
from labeling.images.fingerprint import hamming, perceptual_hash
from labeling.images.same_picture import pixels_of, same_picture

few_bits = st.lists(st.integers(0, 63), max_size=6)


@st.composite
def hashes(draw) -> list[int]:
    """Hashes of which many are close: some bits of a few centres are turned."""
    centres = draw(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=3))
    turned = draw(st.lists(st.tuples(st.sampled_from(centres), few_bits), max_size=25))
    return [centre ^ sum(1 << bit for bit in set(bits)) for centre, bits in turned]


def all_pairs(found) -> list[tuple[int, int]]:
    return [pair for block in found for pair in block]


@given(hashes(), st.integers(0, 12), st.integers(0, 30), st.sampled_from([1, 7, 2_000_000]))
def test_the_search_finds_what_brute_force_finds(
    given_hashes: list[int], radius: int, first: int, cells: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "_CELLS", cells)
        numbers = np.array(given_hashes, dtype=np.uint64)
        found = all_pairs(near_pairs(numbers, first, radius, None))
    assert len(found) == len(set(found))
    assert set(found) == {
        (a, b)
        for a, b in combinations(range(len(given_hashes)), 2)
        if b >= first and hamming(given_hashes[a], given_hashes[b]) <= radius
    }


@given(hashes(), st.integers(1, 4))
def test_only_the_nearest_are_kept(given_hashes: list[int], nearest: int) -> None:
    found = all_pairs(near_pairs(np.array(given_hashes, dtype=np.uint64), 0, 12, nearest))
    for later in range(len(given_hashes)):
        bits = [
            (hamming(given_hashes[a], given_hashes[later]), a)
            for a in range(later)
            if hamming(given_hashes[a], given_hashes[later]) <= 12
        ]
        assert [a for a, b in found if b == later] == [a for _, a in sorted(bits)[:nearest]]


@given(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15)), max_size=20))
def test_groups_are_what_pairs_reach(pairs: list[tuple[int, int]]) -> None:
    groups = Groups([None] * 16)
    groups.grow(pairs, lambda _one, _other: True)
    reached = {number: {number} for number in range(16)}
    for _ in pairs:
        for a, b in pairs:
            both = reached[a] | reached[b]
            for member in both:
                reached[member] = both
    expected = {tuple(sorted(group)) for group in reached.values() if len(group) > 1}
    assert {tuple(group) for group in groups.found()} == expected
    assert groups.found() == sorted(groups.found())


def test_known_groups_stay_together_and_nobody_looks_twice() -> None:
    looked = []

    def same(one: int, other: int) -> bool:
        looked.append((one, other))
        return True

    groups = Groups(["a", None, "a", "b", "b"])
    groups.grow([(0, 2), (2, 3), (0, 4), (1, 3)], same)
    assert groups.found() == [[0, 1, 2, 3, 4]]
    assert looked == [(2, 3), (1, 3)]


def test_stored_hashes_are_read() -> None:
    assert parsed(["00000000000000ff", "ffffffffffffffff"]).tolist() == [255, 2**64 - 1]


def scene(seed: int, size: tuple[int, int] = (256, 192)) -> Image.Image:
    """Shapes on a soft ground, with grain, as a photograph has."""
    rng = np.random.default_rng(seed)
    ground = Image.fromarray(rng.integers(60, 200, (5, 6, 3), dtype=np.uint8))
    picture = ground.resize(size, Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(picture)
    for _ in range(12):
        x, y = rng.integers(0, size[0] - 40), rng.integers(0, size[1] - 40)
        w, h = rng.integers(15, 60, 2)
        pen.ellipse((x, y, x + w, y + h), tuple(map(int, rng.integers(0, 256, 3))))
    grain = rng.normal(0, 6, (size[1], size[0], 3))
    noisy = np.clip(np.asarray(picture, float) + grain, 0, 255)
    return Image.fromarray(noisy.astype(np.uint8))


def jpeg(picture: Image.Image, quality: int) -> Image.Image:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return Image.open(io.BytesIO(out.getvalue()))


def cropped(picture: Image.Image, share: float) -> Image.Image:
    dx, dy = round(picture.width * share), round(picture.height * share)
    return picture.crop((dx, dy, picture.width, picture.height)).resize(picture.size)


AGAIN = {
    "saved again": lambda p: jpeg(p, 60),
    "half the size": lambda p: p.resize((p.width // 2, p.height // 2)),
    "brighter": lambda p: ImageEnhance.Brightness(p).enhance(1.15),
    "a little cropped": lambda p: cropped(p, 0.02),
    "turned by a degree": lambda p: p.rotate(1, Image.Resampling.BICUBIC),
}


@pytest.mark.parametrize("how", AGAIN)
@pytest.mark.parametrize("seed", range(4))
def test_the_same_picture_is_known_again(how: str, seed: int) -> None:
    first, again = scene(seed), AGAIN[how](scene(seed))
    assert hamming(perceptual_hash(first), perceptual_hash(again)) <= duplicates.RADIUS
    assert same_picture(pixels_of(first), pixels_of(again))
    assert same_picture(pixels_of(again), pixels_of(first))


@pytest.mark.parametrize("seed", range(6))
def test_other_pictures_are_told_apart(seed: int) -> None:
    first = scene(seed)
    blue, _, red = first.split()
    colours = Image.merge("RGB", (red, blue, blue))
    for other in (scene(seed + 100), first.transpose(Image.Transpose.FLIP_LEFT_RIGHT), colours):
        assert not same_picture(pixels_of(first), pixels_of(other))


def test_pictures_without_detail_are_never_the_same() -> None:
    page = Image.new("L", (200, 100), 240)
    assert not same_picture(pixels_of(page), pixels_of(page))
    assert not same_picture(pixels_of(page), pixels_of(jpeg(page.convert("RGB"), 50)))
    assert not same_picture(pixels_of(scene(1)), pixels_of(page))
