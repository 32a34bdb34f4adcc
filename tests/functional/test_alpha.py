"""Alphas: exact small cases."""

import numpy as np
import pytest
import torch

from sosmatting.functional.alpha import (
    areas,
    band_radius,
    boxes_xyxy,
    centres_of_mass,
    contour_band,
    contour_bands,
    dequantise,
    ignored_bands,
    quantise,
    resize,
    shrink,
)


def test_every_stored_value_survives_the_round_trip():
    stored = torch.arange(256, dtype=torch.uint8).view(1, 16, 16)
    assert torch.equal(quantise(dequantise(stored)), stored)
    deep = torch.tensor([[[0, 257, 65535]]], dtype=torch.int32)
    assert torch.equal(dequantise(deep), torch.tensor([[[0, 1 / 255, 1]]]))
    assert torch.equal(dequantise(torch.full((1, 2, 2), 0.3)), torch.full((1, 2, 2), 0.3))


def test_centre_is_weighted_by_alpha():
    alphas = torch.zeros(1, 4, 4)
    alphas[0, 1, 0], alphas[0, 3, 2] = 0.25, 0.75
    assert centres_of_mass(alphas)[0].tolist() == pytest.approx([1.5, 2.5], abs=1e-4)
    assert centres_of_mass((alphas * 252).byte())[0].tolist() == pytest.approx([1.5, 2.5])
    assert centres_of_mass(torch.zeros(1, 4, 4)).tolist() == [[0.0, 0.0]]


def test_boxes_end_one_past_the_last_pixel():
    alphas = torch.zeros(3, 6, 8)
    alphas[0, 2, 3] = 0.9
    alphas[1, 1:5, 2:7] = 0.6
    assert boxes_xyxy(alphas).tolist() == [[3, 2, 4, 3], [2, 1, 7, 5], [0, 0, 0, 0]]
    assert boxes_xyxy(torch.zeros(0, 6, 8)).shape == (0, 4)


def test_shrinking_keeps_the_mass_of_a_hair():
    rng = np.random.default_rng(0)
    for column in range(8):
        alphas = torch.zeros(1, 32, 32)
        alphas[0, :, 8 + column] = torch.from_numpy(rng.uniform(0.2, 1, 32)).float()
        small = shrink(alphas, 4)
        assert small.shape == (1, 8, 8)
        assert float(areas(small) * 16) == pytest.approx(float(areas(alphas)), rel=1e-5)


def test_shrinking_pads_what_does_not_divide():
    small = shrink(torch.ones(1, 5, 6), 4)
    assert small.tolist() == [[[1.0, 0.5], [0.25, 0.125]]]


def test_resize_grows_bilinearly_and_shrinks_with_antialias():
    ramp = torch.tensor([[[0.0, 1.0]]])
    assert resize(ramp, (1, 4))[0, 0].tolist() == pytest.approx([0, 0.25, 0.75, 1])
    hair = torch.zeros(1, 64, 64)
    hair[0, :, 30] = 1.0
    small = resize(hair, (16, 16))
    assert float(small.mean()) == pytest.approx(float(hair.mean()), rel=0.02)
    assert resize(torch.zeros(0, 4, 4), (8, 6)).shape == (0, 8, 6)


def test_contour_band_by_hand():
    mask = torch.zeros(1, 5, 5)
    mask[0, :, :2] = 1.0
    assert contour_band(mask, 1)[0, 2].tolist() == [False, True, True, False, False]
    assert contour_band(mask, 2)[0, 2].tolist() == [True, True, True, True, False]
    assert not contour_band(mask, 0).any()


def test_band_radius_grows_with_the_object_within_limits() -> None:
    sizes = torch.tensor([0.0, 100.0, 2500.0, 10_000.0, 22_500.0, 1e6])
    # share * sqrt(area): 0, 0.2, 1, 2, 3, 20
    assert band_radius(sizes, share=0.02, least=1, most=4).tolist() == [1, 1, 1, 2, 3, 4]
    assert band_radius(sizes[:0]).shape == (0,)


def test_contour_bands_gives_every_mask_its_own_width() -> None:
    masks = torch.zeros(3, 30, 30)
    masks[:, 8:22, 8:22] = 1
    radii = torch.tensor([1, 3, 4])
    bands = contour_bands(masks, radii, most=4)
    for mask, radius, band in zip(masks, radii.tolist(), bands, strict=True):
        assert (band == contour_band(mask[None], radius)[0]).all()
    assert not contour_bands(masks, torch.zeros(3, dtype=torch.long), most=4).any()


def test_ignored_bands_are_wider_around_larger_masks():
    masks = torch.zeros(2, 300, 300)
    masks[0, 10:40, 10:40] = 1
    masks[1, 50:250, 50:250] = 1
    bands = ignored_bands(masks, most=4)
    assert bands[0, 25].nonzero()[:, 0].tolist() == [9, 10, 39, 40]  # sqrt(area) 30: 1 pixel
    assert bands[1, 150].sum() == 2 * 2 * 4  # sqrt(area) 200: 4 pixels on both sides
    assert torch.equal(ignored_bands(masks, 1), contour_band(masks, 1))
    assert not ignored_bands(masks, 0).any()
