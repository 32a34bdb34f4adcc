import numpy as np

from sosmatting.export.colour_profile import is_srgb, rgb_profile, to_srgb

from .matte_cases import srgb_profile, swapped_profile


def test_only_rgb_profiles_are_kept() -> None:
    profile = srgb_profile()
    assert rgb_profile(profile) == profile
    grey = profile[:16] + b'GRAY' + profile[20:]
    assert [rgb_profile(x) for x in (None, b'', b'x' * 500, grey, profile[:50])] == [None] * 5


def test_srgb_and_damaged_profiles_leave_the_colours() -> None:
    image = np.random.default_rng(0).integers(0, 256, (4, 5, 3), np.uint8)
    damaged = srgb_profile()[:200]
    for profile in (None, srgb_profile(), damaged, b'none'):
        assert is_srgb(profile)
        assert to_srgb(image, profile) is image


def test_another_profile_is_converted() -> None:
    profile = swapped_profile()
    assert not is_srgb(profile)
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    seen = to_srgb(image, profile)
    assert seen.shape == image.shape and seen.dtype == np.uint8
    assert np.abs(seen.astype(int) - image[..., ::-1]).max() <= 1, 'red and blue change places'
