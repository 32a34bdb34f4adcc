"""ImageNet's opinion on mattes: the table of kinds, the classifier, and how it is weighed."""

from collections import Counter

import pytest
import torch
import torchvision

from sosmatting.models.imagenet_kinds import CLOTHING, PLANTS, VEHICLES, imagenet_kinds
from sosmatting.models.look_naming import CropNamer
from sosmatting.pretrained import imagenet_weights, rename_mobilenet_v2

KINDS = ('clothing', 'animal', 'vehicle', 'plant', 'thing')
CLASSES = torchvision.models.MobileNet_V2_Weights.IMAGENET1K_V1.meta['categories']


def square(side: int, box: tuple[int, int, int, int]) -> torch.Tensor:
    """A matte (s, s) that is opaque in a box of x1, y1, x2, y2."""
    alpha = torch.zeros(side, side)
    alpha[box[1] : box[3], box[0] : box[2]] = 1
    return alpha


def build_namer(**options) -> CropNamer:
    torch.manual_seed(0)
    return CropNamer(**{'kinds': KINDS, **options})


def test_every_class_of_imagenet_has_one_kind():
    kinds = imagenet_kinds()
    assert sorted(place for places in kinds.values() for place in places) == list(range(1000))
    listed = [name.strip() for text in (CLOTHING, VEHICLES, PLANTS) for name in text.split(',')]
    assert Counter(listed).most_common(1)[0][1] == 1
    assert set(listed) <= set(CLASSES)
    named = {kind: {CLASSES[place] for place in places} for kind, places in kinds.items()}
    assert {'tench', 'goldfish', 'Persian cat', 'cardigan'} <= named['animal'] | named['clothing']
    assert {'sports car', 'trimaran', 'mountain bike'} <= named['vehicle']
    assert {'daisy', 'bolete'} <= named['plant']
    assert {'acoustic guitar', 'broccoli', 'alp', 'toilet tissue'} <= named['thing']
    # torchvision's 398th is the puffer, the last of the animals; the abacus follows.
    assert (CLASSES[397], CLASSES[398]) == ('puffer', 'abacus')


def test_it_says_what_torchvisions_network_says_of_the_cut_out():
    namer = build_namer()
    peer = torchvision.models.mobilenet_v2(weights=None).eval()
    namer.load_state_dict(rename_mobilenet_v2(peer.state_dict()), strict=False)
    photo = torch.randn(1, 3, 160, 160, generator=torch.Generator().manual_seed(3))
    alpha = square(160, (30, 24, 130, 100))
    with torch.no_grad():
        found = namer(photo, alpha[None])
        window = (photo * alpha)[:, :, 4:120, 22:138]  # y 62 +- 58, x 80 +- 58
        shown = torch.nn.functional.interpolate(window, (128, 128), mode='bilinear')
        said = peer(shown).softmax(1)[0]
    sums = torch.stack([said[list(imagenet_kinds()[kind])].sum() for kind in KINDS]) + 0.02
    assert sums.sum() == pytest.approx(1.1, abs=1e-4)
    assert torch.allclose(found[0].exp(), sums / sums.sum(), atol=2e-3)


def test_opinions_are_weighed_by_hand(monkeypatch):
    namer = build_namer(kinds=KINDS[:3], share=0.25)
    monkeypatch.setattr(
        CropNamer, 'forward', lambda *_: torch.tensor([[0.1, 0.8, 0.1], [0.4, 0.3, 0.3]]).log()
    )
    judged = torch.tensor([[0.6, 0.5, 0.1], [-1.0, -1.0, -1.0]])
    found = namer.weighed(judged, torch.zeros(2, 3, 32, 32), torch.zeros(2, 32, 32))
    joint = judged[0].softmax(0) ** 0.75 * torch.tensor([0.1, 0.8, 0.1]) ** 0.25
    # The second category overtakes the first, and has what the judge thought of its own best.
    assert torch.allclose(found[0], judged[0, 0].sigmoid() * joint / joint[1], atol=1e-6)
    assert found[0].argmax() == 1
    other = (torch.tensor([1.0, 0.75, 0.75]) ** 0.25) * torch.tensor(-1.0).sigmoid()
    assert torch.allclose(found[1], other, atol=1e-6)


def test_with_no_share_the_best_stays_and_all_keep_their_order():
    namer = build_namer(share=0.0)
    judged = torch.randn(4, 5, generator=torch.Generator().manual_seed(1))
    found = namer.weighed(judged, torch.zeros(4, 3, 64, 64), torch.zeros(4, 64, 64))
    assert torch.equal(found.argsort(1), judged.argsort(1))
    assert torch.allclose(found.amax(1), judged.sigmoid().amax(1))


def test_nothing_of_it_is_trained():
    namer = build_namer()
    before = {key: value.clone() for key, value in namer.state_dict().items()}
    assert not namer.training and namer.train() is namer and not namer.training
    assert not any(part.training for part in namer.modules())
    assert not any(parameter.requires_grad for parameter in namer.parameters())
    namer(torch.randn(2, 3, 64, 64), torch.ones(2, 64, 64))
    assert all(torch.equal(before[key], value) for key, value in namer.state_dict().items())


def test_it_knows_real_photos():
    """The published weights, as they are packaged, on photos of scikit-image's."""
    data = pytest.importorskip('skimage.data', reason="its photos: pip install -e '.[dev]'")
    namer = build_namer()
    namer.load_state_dict(imagenet_weights('mobilenet_v2'), strict=False)
    mean, std = torch.tensor([123.675, 116.28, 103.53]), torch.tensor([58.395, 57.12, 57.375])
    for photo, box, kind in (
        (data.cat(), (120, 20, 390, 280), 'animal'),
        (data.coffee(), (150, 60, 450, 360), 'thing'),
    ):
        side = min(photo.shape[:2])
        pixels = (torch.from_numpy(photo[:side, :side]).float() - mean) / std
        matte = square(side, tuple(min(edge, side) for edge in box))
        said = namer(pixels.permute(2, 0, 1)[None], matte[None])[0].exp()
        assert KINDS[int(said.argmax())] == kind and said.max() > 0.5


@pytest.mark.parametrize('kinds', [('animal', 'animal'), ('animal', 'fungus')])
def test_kinds_that_are_none_are_refused(kinds):
    with pytest.raises(ValueError, match='each of animal, thing'):
        build_namer(kinds=kinds)
