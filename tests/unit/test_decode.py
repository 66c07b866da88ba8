import contextlib
import struct
import zlib
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageDraw

from labeling.errors import ImageRejected, RejectReason
from labeling.images.decode import Limits, decode, load_rgb, open_picture
from tests.unit.bad_files import (
    DATA,
    FORMATS,
    animated,
    bomb,
    damaged_png,
    encoded,
    of_format,
    picture,
    png_chunk,
)

RED, BLUE, WHITE = (200, 30, 30), (30, 60, 200), (255, 255, 255)
LOSSY = {"JPEG", "WEBP", "AVIF", "HEIF"}
TURN_BACK = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def two_colours(size: tuple[int, int] = (64, 48)) -> Image.Image:
    """Left half red, right half blue above and white below; the picture in the HEIC files."""
    width, height = size
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width // 2 - 1, height - 1), fill=RED)
    draw.rectangle((width // 2, 0, width - 1, height // 2 - 1), fill=BLUE)
    return image


def assert_two_colours(image: Image.Image, tolerance: int = 12) -> None:
    assert image.mode == "RGB"
    width, height = image.size
    quarters = {(1, 1): RED, (1, 3): RED, (3, 1): BLUE, (3, 3): WHITE}
    for (across, down), colour in quarters.items():
        seen = image.getpixel((width * across // 4, height * down // 4))
        assert max(abs(a - b) for a, b in zip(seen, colour, strict=True)) <= tolerance, (
            seen,
            colour,
        )


def reason_of(data: bytes, limits: Limits | None = None) -> RejectReason:
    with pytest.raises(ImageRejected) as refusal:
        decode(data, limits or Limits())
    assert refusal.value.detail
    return refusal.value.reason


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_comes_out_as_upright_rgb(format_):
    data = (
        (DATA / "two_colours.heic").read_bytes()
        if format_ == "HEIF"
        else encoded(two_colours(), format_)
    )
    decoded = decode(data)
    assert (decoded.format, decoded.width, decoded.height, decoded.note) == (format_, 64, 48, None)
    assert_two_colours(decoded.picture)


@pytest.mark.parametrize(
    ("format_", "orientation"), product(("JPEG", "PNG", "WEBP", "TIFF", "AVIF"), TURN_BACK)
)
def test_exif_orientation_is_applied(format_, orientation):
    exif = Image.Exif()
    exif[274] = orientation
    stored = two_colours()
    if (turn := TURN_BACK[orientation]) is not None:
        stored = stored.transpose(turn)
    data = encoded(stored, format_, exif=exif)
    decoded = decode(data)
    assert (decoded.width, decoded.height) == decoded.picture.size == (64, 48)
    assert_two_colours(decoded.picture)
    if orientation != 1:
        assert not decoded.shows_as_is


def test_rotation_of_heic_is_applied():
    turned = decode((DATA / "orientation_6.heic").read_bytes())
    assert turned.picture.size == (48, 64)
    assert_two_colours(turned.picture.transpose(Image.Transpose.ROTATE_90))


@given(
    width=st.integers(1, 40), height=st.integers(1, 40), orientation=st.sampled_from([*TURN_BACK])
)
def test_turning_back_what_exif_asks_for_gives_the_same_pixels(width, height, orientation):
    upright = picture(width * 41 + height, (width, height))
    turn = TURN_BACK[orientation]
    exif = Image.Exif()
    exif[274] = orientation
    stored = upright if turn is None else upright.transpose(turn)
    decoded = decode(encoded(stored, "PNG", exif=exif))
    assert decoded.picture.size == (decoded.width, decoded.height) == (width, height)
    assert decoded.picture.tobytes() == upright.tobytes()


@pytest.mark.parametrize("orientation", [0, 9, 77])
def test_senseless_orientation_is_ignored(orientation):
    exif = Image.Exif()
    exif[274] = orientation
    assert_two_colours(decode(encoded(two_colours(), "JPEG", exif=exif)).picture)


def test_broken_exif_is_no_reason_to_refuse():
    data = encoded(two_colours(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\x7fgarbage")
    assert_two_colours(decode(data).picture)


@pytest.mark.parametrize(("format_", "options"), [("JPEG", {"quality": 95}), ("TIFF", {})])
def test_cmyk_keeps_its_colours(format_, options):
    decoded = decode(encoded(two_colours().convert("CMYK"), format_, **options))
    assert_two_colours(decoded.picture)
    assert not decoded.shows_as_is


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "RGBA"])
def test_png_modes(mode):
    grey = Image.new("L", (8, 4), 0)
    grey.paste(255, (4, 0, 8, 4))
    decoded = decode(encoded(grey.convert(mode), "PNG"))
    assert decoded.picture.mode == "RGB"
    assert decoded.picture.getpixel((0, 0)) == (0, 0, 0)
    assert decoded.picture.getpixel((7, 3)) == WHITE
    assert decoded.shows_as_is


def see_through(mode: str) -> bytes:
    """A red square on nothing."""
    image = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    image.paste((200, 30, 30, 255), (0, 0, 4, 8))
    if mode == "P":
        return encoded(image.quantize(4), "PNG")
    if mode == "GIF":
        return encoded(image, "GIF")
    if mode == "tRNS":
        return encoded(image.convert("RGB"), "PNG", transparency=(0, 0, 0))
    return encoded(image.convert(mode), "PNG")


@pytest.mark.parametrize("mode", ["RGBA", "P", "GIF", "tRNS", "LA"])
def test_transparency_is_laid_on_white(mode):
    decoded = decode(see_through(mode))
    assert decoded.picture.getpixel((6, 4)) == WHITE
    assert decoded.picture.getpixel((1, 4)) != WHITE
    assert not decoded.shows_as_is


def test_half_transparent_is_mixed_with_white():
    decoded = decode(encoded(Image.new("RGBA", (2, 2), (0, 0, 0, 128)), "PNG"))
    assert decoded.picture.getpixel((0, 0)) == (127, 127, 127)


def grey16(values: list[int], format_: str) -> bytes:
    raw = struct.pack(f"<{len(values)}H", *values)
    return encoded(Image.frombytes("I;16", (len(values), 1), raw), format_)


def levels(data: bytes) -> list[int]:
    image = decode(data).picture
    return [image.getpixel((x, 0))[0] for x in range(image.width)]


def test_16_bit_png_uses_its_full_range():
    assert levels(grey16([0, 257, 32768, 65535], "PNG")) == [0, 1, 128, 255]
    assert levels(grey16([0, 257, 300], "PNG")) == [0, 1, 1]


def test_16_bit_tiff_of_a_12_bit_camera_is_not_black():
    data = grey16([0, 2048, 4095], "TIFF")
    assert levels(data) == [0, 128, 255]
    assert decode(data).note == "12-bit values in 16 bits"
    assert decode(grey16([0, 40000, 65535], "TIFF")).note is None


def test_16_bit_rgb_png_keeps_the_high_bytes():
    rows = b"\0" + struct.pack(">6H", 65535, 0x8000, 0, 0, 0x4000, 65535)
    head = struct.pack(">IIBBBBB", 2, 1, 16, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    data = b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)
    image = decode(data).picture
    assert [image.getpixel((x, 0)) for x in (0, 1)] == [(255, 128, 0), (0, 64, 255)]


def test_interlaced_png():
    passes = b"\0\x0a" + b"\0\x14" + b"\0\x1e\x28"  # (0,0), then (1,0), then the second row
    head = struct.pack(">IIBBBBB", 2, 2, 8, 0, 0, 0, 1)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(passes)), (b"IEND", b""))
    data = b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)
    assert decode(data).picture.convert("L").tobytes() == b"\x0a\x14\x1e\x28"


@pytest.mark.parametrize(
    ("values", "expected", "noted"),
    [([0.0, 0.5, 1.0], [0, 128, 255], False), ([-2.0, 0.0, 2.0], [0, 128, 255], True)],
)
def test_floating_point_tiff(values, expected, noted):
    image = Image.frombytes("F", (3, 1), struct.pack("<3f", *values))
    data = encoded(image, "TIFF")
    assert levels(data) == expected
    assert bool(decode(data).note) == noted


def test_not_a_number_in_a_tiff_is_black():
    image = Image.frombytes("F", (2, 1), struct.pack("<2f", float("nan"), 1.0))
    assert levels(encoded(image, "TIFF")) == [0, 255]


@pytest.mark.parametrize(
    ("format_", "note"),
    [
        ("GIF", "first of 3 frames"),
        ("WEBP", "first of 3 frames"),
        ("PNG", "first of 3 frames"),
        ("AVIF", "first of 3 frames"),
        ("TIFF", "first of 3 pages"),
        ("MPO", "first of 3 pictures"),
    ],
)
def test_only_the_first_frame_and_it_says_so(format_, note):
    decoded = decode(animated(format_, 5))
    assert decoded.note == note
    first = picture(5).resize((1, 1)).getpixel((0, 0))
    seen = decoded.picture.resize((1, 1)).getpixel((0, 0))
    assert max(abs(a - b) for a, b in zip(first, seen, strict=True)) < 12


def test_several_pictures_in_one_heic():
    assert decode((DATA / "two_pictures.heic").read_bytes()).note == "first of 2 pictures"


def test_an_animation_needs_a_still_copy_but_a_camera_jpeg_with_previews_does_not():
    assert not decode(animated("GIF", 1)).shows_as_is
    mpo = decode(animated("MPO", 1))
    assert (mpo.format, mpo.shows_as_is) == ("JPEG", True)


def swapped_profile() -> bytes:
    """A colour profile whose red is sRGB's green and the other way round."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for mark in ("XYZ", "TRC"):
        red, green = f"r{mark}".encode(), f"g{mark}".encode()
        profile = profile.replace(red, b"????").replace(green, red).replace(b"????", green)
    return profile.replace("sRGB".encode("utf-16-be"), "test".encode("utf-16-be"))


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_colour_profiles_are_brought_to_srgb(format_):
    data = encoded(Image.new("RGB", (8, 8), RED), format_, icc_profile=swapped_profile())
    red, green, _ = decode(data).picture.getpixel((4, 4))
    assert green > 150 > red


def test_broken_colour_profile_is_ignored():
    data = encoded(two_colours(), "JPEG", icc_profile=b"no profile at all")
    assert_two_colours(decode(data).picture)


def test_lab_becomes_rgb():
    lab = Image.new("LAB", (4, 4), (255, 128, 128))
    assert min(decode(encoded(lab, "TIFF")).picture.getpixel((1, 1))) > 250


@pytest.mark.parametrize("format_", FORMATS)
def test_a_cut_anywhere_is_found_and_named(format_):
    data = of_format(format_, 7) if format_ != "HEIF" else (DATA / "two_colours.heic").read_bytes()
    for kept in [*range(30, len(data), max(1, len(data) // 40)), len(data) - 2, len(data) - 1]:
        assert reason_of(data[:kept]) == RejectReason.TRUNCATED, kept


@pytest.mark.parametrize("options", [{"compression": "tiff_lzw"}, {"compression": "jpeg"}])
def test_a_cut_in_compressed_tiff_is_found(options):
    data = encoded(picture(3, (200, 150)), "TIFF", **options)
    for kept in range(30, len(data), len(data) // 20):
        assert reason_of(data[:kept]) == RejectReason.TRUNCATED, kept


@pytest.mark.parametrize("progressive", [False, True])
def test_a_cut_is_found_when_a_jpeg_is_decoded_small(progressive):
    data = encoded(picture(3, (800, 600)), "JPEG", progressive=progressive)
    assert max(decode(data, at_least=100).picture.size) < 800
    for kept in range(700, len(data), len(data) // 20):
        with pytest.raises(ImageRejected) as refusal:
            decode(data[:kept], at_least=100)
        assert refusal.value.reason == RejectReason.TRUNCATED


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_file_whose_end_was_never_written_is_refused(format_):
    data = encoded(picture(3, (300, 200)), format_)
    kept = len(data) * 6 // 10
    assert reason_of(data[:kept] + bytes(len(data) - kept)) == RejectReason.TRUNCATED


def test_bytes_behind_the_picture_do_no_harm():
    for format_ in ("JPEG", "PNG", "GIF", "WEBP", "BMP"):
        assert decode(of_format(format_, 3) + bytes(100)).format == format_


def test_damaged_pixels_are_unreadable():
    assert reason_of(damaged_png(1)) == RejectReason.UNREADABLE


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "GIF", "BMP", "TIFF"])
def test_a_header_of_billions_of_pixels_is_a_bomb(format_):
    assert reason_of(bomb(format_, 1)) == RejectReason.DECOMPRESSION_BOMB


def test_limits_are_ours_to_set():
    data = of_format("PNG", 1)
    assert reason_of(data, Limits(max_pixels=48 * 36 - 1)) == RejectReason.DECOMPRESSION_BOMB
    assert reason_of(data, Limits(max_bytes=len(data) - 1)) == RejectReason.TOO_LARGE
    assert decode(data, Limits(max_bytes=len(data), max_pixels=48 * 36)).width == 48


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", RejectReason.EMPTY),
        (b"x", RejectReason.NOT_A_PICTURE),
        (b"BMW is a make of cars, and this is a text", RejectReason.NOT_A_PICTURE),
        (b"%PDF-1.4", RejectReason.NOT_A_PICTURE),
        (b"\n <svg xmlns=''/>", RejectReason.NOT_A_PICTURE),
        (b"<!doctype html>", RejectReason.NOT_A_PICTURE),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp41", RejectReason.NOT_A_PICTURE),
        (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", RejectReason.UNSUPPORTED),
        (b"8BPS\0\1", RejectReason.UNSUPPORTED),
        (b"PK\x03\x04", RejectReason.UNSUPPORTED),
    ],
)
def test_what_is_no_picture_says_what_it_is(data, reason):
    assert reason_of(data) == reason


def test_camera_raw_is_not_taken_for_its_preview():
    data = encoded(picture(1), "TIFF", tiffinfo={50706: b"\1\4\0\0"})
    assert reason_of(data) == RejectReason.UNSUPPORTED


def test_a_jpeg_is_decoded_no_smaller_than_asked():
    data = encoded(picture(3, (1600, 1200)), "JPEG")
    assert decode(data).picture.size == (1600, 1200)
    small = decode(data, at_least=400)
    assert (small.width, small.height, small.picture.size) == (1600, 1200, (400, 300))
    assert load_rgb(data, at_least=150).size == (400, 300)
    assert load_rgb(data, at_least=151).size == (800, 600)
    assert load_rgb(data).size == (1600, 1200)


def test_the_short_side_of_a_panorama_keeps_its_detail():
    data = encoded(picture(3, (4000, 500)), "JPEG")
    assert load_rgb(data, at_least=224).size == (4000, 500)
    assert load_rgb(data, at_least=120).size == (2000, 250)


def test_the_fast_path_gives_the_same_pixels():
    for format_ in FORMATS:
        data = of_format(format_, 2)
        assert load_rgb(data, at_least=224).tobytes() == decode(data).picture.tobytes()


def test_opening_tells_the_upright_size_before_decoding():
    exif = Image.Exif()
    exif[274] = 6
    assert open_picture(encoded(picture(1), "JPEG", exif=exif)).size == (36, 48)


@settings(max_examples=200, deadline=None)
@given(data=st.data(), format_=st.sampled_from(FORMATS))
def test_damage_of_any_kind_ends_in_a_picture_or_a_refusal(data, format_):
    content = bytearray(of_format(format_, 4))
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=8)):
        content[at] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ImageRejected):
        decoded = decode(bytes(content), Limits(max_pixels=1_000_000))
        assert decoded.picture.mode == "RGB"
        assert decoded.picture.size == (decoded.width, decoded.height)


@given(
    st.binary(max_size=200), st.sampled_from([b"", b"\xff\xd8\xff", b"GIF89a", b"II*\0", b"RIFF"])
)
def test_any_bytes_end_in_a_picture_or_a_refusal(tail, head):
    with pytest.raises(ImageRejected):
        decode(head + tail)
