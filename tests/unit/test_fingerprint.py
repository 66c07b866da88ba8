import hashlib

import imagehash
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from labeling.images.decode import decode
from labeling.images.fingerprint import hamming, perceptual_hash, sha256
from tests.unit.bad_files import encoded, picture


def test_sha256_of_known_bytes():
    assert sha256(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@given(st.binary())
def test_sha256_is_lower_case_hexadecimal(data):
    assert sha256(data) == hashlib.sha256(data).hexdigest().lower()


@pytest.mark.parametrize("seed", range(20))
def test_hash_is_the_dhash_that_others_compute(seed):
    image = picture(seed, (240, 180))
    theirs = int(str(imagehash.dhash(image)), 16)
    assert hamming(perceptual_hash(image), theirs) <= 3


def test_a_ramp_sets_every_bit_and_its_mirror_none():
    ramp = Image.linear_gradient("L").rotate(90)
    assert perceptual_hash(ramp) == 2**64 - 1
    assert perceptual_hash(ramp.transpose(Image.Transpose.FLIP_LEFT_RIGHT)) == 0


def test_recompressed_and_resized_copies_are_near_and_others_far():
    image = picture(1, (256, 192))
    own = perceptual_hash(image)
    for copy in (encoded(image, "JPEG", quality=30), encoded(image.resize((100, 75)), "PNG")):
        assert hamming(own, perceptual_hash(decode(copy).picture)) <= 6
    others = [hamming(own, perceptual_hash(picture(seed, (256, 192)))) for seed in range(2, 30)]
    assert min(others) > 6


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (5, 3)])
@pytest.mark.parametrize("mode", ["RGB", "L", "1", "P"])
def test_any_size_and_mode_has_a_hash_of_64_bits(size, mode):
    assert 0 <= perceptual_hash(picture(1, size, mode)) < 2**64


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_hamming_is_a_distance(a, b):
    assert hamming(a, a) == 0
    assert hamming(a, b) == hamming(b, a) <= 64
