"""Trimap networks as models: losses, gradients, predictions, one picture learned by heart."""

import pytest
import torch

from sosmatting.models.trimap.preprocessor import TrimapPreprocessor, trimap_planes
from tests.models.trimap.networks import SMALL, batch, model

BOTH = (dict(type='AlphaPredictionLoss', loss_weight=0.5), dict(type='CompositionalLoss'))


def test_the_preprocessor_normalises_pads_and_numbers():
    processor = TrimapPreprocessor((10, 20, 30), (2, 4, 8), pad_size_divisor=4)
    one = torch.zeros(4, 3, 5, dtype=torch.uint8)
    one[:3, :, -1] = 50
    one[3, 0, :3] = torch.tensor([0, 128, 255], dtype=torch.uint8)
    other = torch.zeros(4, 2, 2, dtype=torch.uint8)
    done = processor(dict(inputs=[one, other], data_samples=[]))['inputs']
    assert done.shape == (2, 4, 4, 8)
    assert done[0, :3, 0, 0].tolist() == [-5, -5, -3.75]
    assert done[0, :3, -1, -1].tolist() == [20, 7.5, 2.5], 'the edge is repeated'
    assert done[0, 3, 0].tolist() == [0, 1, 2, 0, 0, 0, 0, 0]
    assert not done[1, 3].any()


def test_planes():
    classes = torch.tensor([0.0, 1, 2]).view(1, 1, 1, 3)
    assert trimap_planes(classes, 1).flatten().tolist() == [0, 0.5, 1]
    assert trimap_planes(classes, 3)[0, :, 0].tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]


@pytest.mark.parametrize('name', SMALL)
def test_every_weight_gets_a_gradient(name):
    trained = model(name, BOTH).train()
    losses = trained(**trained.data_preprocessor(batch(2), True), mode='loss')
    assert set(losses) == {
        'loss_AlphaCharbonnierLoss_unknown', 'loss_CompositionalLoss_unknown', 'unknown_mad'
    }  # fmt: skip
    total, _ = trained.parse_losses(losses)
    total.backward()
    still = [n for n, w in trained.named_parameters() if w.grad is None]
    assert not still
    if name == 'gca':  # blocks start as the identity: what is behind their last norm follows later
        still = [n for n, w in trained.named_parameters() if 'bn2.weight' in n and not w.grad.any()]
    else:
        still = [n for n, w in trained.named_parameters() if w.grad.isnan().any()]
    assert not still


STAGES = {
    1: dict(refinement=False),
    2: dict(refinement=True, train_main=False),
    3: dict(refinement=True),
}


@pytest.mark.parametrize('stage', STAGES)
def test_the_three_stages_train_what_they_say(stage):
    trained = model('dim', BOTH, **STAGES[stage]).train()
    if stage > 1:
        torch.nn.init.normal_(trained.network.refinement.last.weight, std=0.01)
    losses = trained(**trained.data_preprocessor(batch(), True), mode='loss')
    trained.parse_losses(losses)[0].backward()
    moved = {n.split('.')[1] for n, w in trained.named_parameters() if w.grad is not None}
    main = {'features', 'fc6', 'after_fc6', 'decoder', 'alpha'}
    assert moved == {1: main, 2: {'refinement'}, 3: main | {'refinement'}}[stage]
    trained_ones = [w for n, w in trained.named_parameters() if 'weight' in n and w.requires_grad]
    assert all(weight.grad.any() for weight in trained_ones)


def test_stage_two_starts_from_stage_one():
    one, two = model('dim').eval(), model('dim', refinement=True, train_main=False)
    torch.nn.init.normal_(one.network.alpha.weight, std=0.1)
    report = two.load_state_dict(one.state_dict(), strict=False)
    assert all('refinement' in key for key in report.missing_keys) and not report.unexpected_keys
    data = one.data_preprocessor(batch())
    with torch.no_grad():
        torch.testing.assert_close(two.eval()(data['inputs']), one(data['inputs']))


def test_known_pixels_are_the_trimaps_and_samples_come_back():
    trained = model('indexnet').eval()
    data = batch(2, side=48)
    trimap = data['inputs'][0][3]
    with torch.no_grad():
        done = trained.test_step(data)
    for sample in done:
        assert sample.pred_alpha.shape == (1, 48, 48) and sample.pred_alpha.dtype == torch.float32
        alpha = sample.pred_alpha[0]
        assert (alpha[trimap == 0] == 0).all() and (alpha[trimap == 255] == 1).all()
        assert ((alpha >= 0) & (alpha <= 1)).all()
        found = sample.pred_instances
        assert found.alphas.dtype == torch.uint8 and found.alphas.shape == (1, 48, 48)
        assert (found.alphas[0] == (alpha * 255).round()).all()
        assert found.scores.tolist() == [1] and found.labels.tolist() == [0]


@pytest.mark.parametrize('name', SMALL)
def test_one_picture_is_learned(name):
    trained = model(name).train()
    # Twice in a batch: at the deepest level a norm needs more than one value.
    data = trained.data_preprocessor(batch(2, side=32), True)
    truth = trained.truth_of(data['inputs'], data['data_samples'])
    steps, rate = 200, 3e-3
    optimizer = torch.optim.Adam(trained.parameters(), rate)
    decay = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, steps)
    for step in range(steps):
        optimizer.zero_grad()
        trained.parse_losses(trained(**data, mode='loss'))[0].backward()
        optimizer.step()
        decay.step()
        if step % 10 == 9:
            with torch.no_grad():
                pred = trained(data['inputs']).clamp(0, 1)
            error = float(((pred - truth.alpha)[truth.unknown] ** 2).mean())
            if error < 1e-3:
                return
    pytest.fail(f'MSE {error:.2e} in the unknown band after {steps} steps')
