import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from labeling.errors import ImageRejected
from labeling.images.decode import decode
from labeling.images.fingerprint import perceptual_hash, sha256
from labeling.images.prepare import ingest_picture
from labeling.images.thumbs import SCREEN, THUMB, derivatives, fitted, thumb_feeds
from tests.unit.bad_files import DATA, animated, encoded, of_format, picture


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def made_of(data: bytes):
    return derivatives(decode(data), data)


@given(st.integers(1, 3000), st.integers(1, 3000), st.sampled_from([THUMB, SCREEN]))
def test_fitting_keeps_the_shape_and_never_enlarges(width, height, side):
    fit = fitted(Image.new("L", (width, height)), side)
    assert max(fit.size) == min(side, max(width, height))
    assert abs(fit.width - width * fit.height / height) <= max(1, width / height)


def test_a_small_picture_is_its_own_thumbnail():
    data = encoded(picture(1), "PNG")
    made = made_of(data)
    assert (made.thumb, made.screen) == (data, None)


@pytest.mark.parametrize("format_", ["TIFF", "HEIF"])
def test_a_small_picture_stays_exact_where_its_format_is_not_for_browsers(format_):
    data = of_format(format_, 1)
    made = made_of(data)
    assert opened(made.thumb).format == "PNG"
    assert made.screen == made.thumb
    assert opened(made.thumb).tobytes() == decode(data).picture.tobytes()


def test_a_photograph_gets_a_thumbnail_and_serves_as_its_own_screen_copy():
    made = made_of(encoded(picture(1, (800, 600)), "JPEG"))
    assert (opened(made.thumb).size, opened(made.thumb).format) == ((256, 192), "JPEG")
    assert made.screen is None


@pytest.mark.parametrize("format_", ["JPEG", "PNG"])
def test_a_large_picture_gets_a_screen_copy(format_):
    made = made_of(encoded(picture(1, (2000, 1000)), format_))
    assert (opened(made.screen).size, opened(made.screen).format) == ((1280, 640), "JPEG")


@pytest.mark.parametrize(
    "data",
    [
        encoded(picture(1, (800, 600), "CMYK"), "JPEG"),
        encoded(picture(1, (800, 600)), "TIFF"),
        encoded(Image.new("RGBA", (800, 600), (1, 2, 3, 4)), "PNG"),
        animated("GIF", 3),
    ],
    ids=["cmyk", "tiff", "transparent", "animated"],
)
def test_what_browsers_show_otherwise_gets_a_screen_copy(data):
    made = made_of(data)
    screen = opened(made.screen)
    assert screen.mode == "RGB"
    assert getattr(screen, "n_frames", 1) == 1
    assert screen.size == opened(data).size


def test_a_turned_photograph_is_upright_in_every_copy():
    exif = Image.Exif()
    exif[274] = 6
    made = ingest_picture(encoded(picture(1, (2000, 1000)), "JPEG", exif=exif))
    assert (made.width, made.height) == (1000, 2000)
    assert opened(made.thumb).size == (128, 256)
    assert opened(made.screen).size == (640, 1280)
    assert 274 not in opened(made.screen).getexif()


@pytest.mark.parametrize("width", [256, 257, 500, 1280, 1281, 2600, 4000])
def test_copies_of_every_size_of_photograph(width):
    made = ingest_picture(encoded(picture(1, (width, width // 2)), "JPEG"))
    assert (made.width, made.height) == (width, width // 2)
    assert THUMB * 15 / 16 <= opened(made.thumb).width <= THUMB
    assert (made.screen is None) == (width <= SCREEN)
    if made.screen is not None:
        assert SCREEN * 15 / 16 <= opened(made.screen).width <= SCREEN


def test_the_small_decoding_looks_like_the_full_one():
    data = encoded(picture(4, (1000, 750)), "JPEG", quality=95)
    fast = opened(ingest_picture(data).thumb).resize((64, 48))
    slow = fitted(decode(data).picture, THUMB).resize((64, 48))
    differences = [abs(a - b) for a, b in zip(fast.tobytes(), slow.tobytes(), strict=True)]
    assert sum(differences) / len(differences) < 2


def test_an_accepted_picture_says_all_about_itself():
    data = animated("WEBP", 3)
    made = ingest_picture(data)
    assert (made.sha256, made.byte_count) == (sha256(data), len(data))
    assert (made.format, made.note) == ("WEBP", "first of 3 frames")
    assert int(made.phash, 16) == perceptual_hash(decode(data).picture)
    assert len(made.phash) == 16


def test_metadata_of_the_original_stays_out_of_the_copies():
    exif = Image.Exif()
    exif[270] = "where I live"
    made = ingest_picture(encoded(picture(1, (2000, 1500)), "JPEG", exif=exif))
    assert b"where I live" not in made.thumb + made.screen


def test_many_threads_get_what_one_gets():
    files = [of_format(format_, seed) for seed in range(6) for format_ in ("JPEG", "PNG", "WEBP")]
    files += [(DATA / "two_colours.heic").read_bytes()] * 6
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(ingest_picture, files))
    assert together == [ingest_picture(data) for data in files]


def test_a_bad_picture_is_refused():
    with pytest.raises(ImageRejected):
        ingest_picture(of_format("JPEG", 1)[:200])


@pytest.mark.parametrize(
    ("side", "size", "fed"),
    [
        (64, (500, 375), True),
        (64, (375, 500), True),
        (64, (256, 256), False),
        (64, (257, 129), True),
        (64, (512, 255), True),
        (64, (512, 254), False),
        (128, (300, 300), True),
        (129, (300, 300), False),
        (224, (4000, 3000), False),
    ],
)
def test_a_thumbnail_of_twice_its_size_feeds_a_model(side, size, fed):
    assert thumb_feeds(side, size) == fed


@given(st.integers(1, 3000), st.integers(1, 3000), st.integers(1, 140))
def test_no_model_is_fed_from_less_than_twice_its_size(width, height, side):
    if thumb_feeds(side, (width, height)):
        assert min(fitted(Image.new("L", (width, height)), THUMB).size) >= 2 * side
        assert thumb_feeds(side)


def test_only_small_models_are_fed_from_thumbnails():
    assert [side for side in range(1, 700) if thumb_feeds(side)] == list(range(1, 129))
