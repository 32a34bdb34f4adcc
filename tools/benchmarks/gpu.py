"""What the network does on a GPU in bfloat16: photos a second, memory, training, slowest kernels.

A photo starts as 8-bit pixels on the host, goes to the device as such, is normalised there, and its
mattes at the photo's own size come back to the host. Networks are ResNet-50 with what their heads
say replaced by ten known instances an image (:func:`benchmarks.peers.scripted`); the peer, mmdet's
SOLOv2, is given the same and draws hard masks. A network is run as it is (``eager``), compiled by
``torch.compile`` for its size, or recorded as a CUDA graph and replayed.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

from benchmarks.peers import Outputs, blank_sample, build_pair, scripted
from benchmarks.precision import in_bfloat16
from benchmarks.timing import CPU, Row, memory_row, paired, wait_for
from benchmarks.train import steps_of

SIZE = (800, 1344)
INSTANCES = 10
BATCHES = (1, 8)
VARIANTS = ('eager', 'compiled', 'graphed')
AIM = 200.0
"""Photos a second, one at a time."""
TRAIN_BATCH = 8
TOP = 10
Network = Callable[[Tensor], tuple]


def run(repeats: int, device: torch.device = CPU) -> list[Row]:
    """Predict, train, and profile one prediction."""
    ours, peer = (model.to(device) for model in build_pair())
    rows = []
    for batch in BATCHES:
        rows += predictions(ours.eval(), peer.eval(), batch, repeats, device)
    single = [row.ours for row in rows if row.unit != 'MB' and row.case.startswith('batch 1,')]
    if single:
        rows.append(Row('batch 1, best; aim', max(single), AIM, max(single) / AIM, 'photos/s'))
    rows += top_kernels(prediction_of(ours, peer, 1, ours._forward, device)[0], device)
    rows += training(ours.train(), peer.train(), repeats, device)
    return rows


def predictions(ours: Any, peer: Any, batch: int, repeats: int, device: torch.device) -> list[Row]:
    """Compare every variant that the device has, and the memory of the plain one."""
    rows = []
    for variant in VARIANTS:
        if variant == 'graphed' and device.type != 'cuda':
            continue
        network = network_of(ours, variant, batch, device)
        mine, theirs = prediction_of(ours, peer, batch, network, device)
        case = f'batch {batch}, {variant}'
        row = paired(case, mine, theirs, repeats, device=device)
        rows.append(Row(case, batch / row.ours, batch / row.peer, row.ratio, 'photos/s'))
        if variant == 'eager':
            rows.append(memory_row(f'batch {batch}', mine, theirs, device))
    return rows


def network_of(model: Any, variant: str, batch: int, device: torch.device) -> Network:
    """Make one variant of backbone, pyramid, head and low-level module: images -> outputs."""
    if variant == 'compiled':
        return torch.compile(model._forward, dynamic=False)
    if variant == 'graphed':
        return graphed(model, torch.zeros(batch, 3, *SIZE, device=device))
    return model._forward


@torch.inference_mode()
def graphed(model: Any, images: Tensor) -> Network:
    """Record the network on ``images``, which later ones of the same size are copied into."""
    # Casts of weights belong into the graph: autocast must not keep them from call to call.
    lower = partial(torch.autocast, images.device.type, torch.bfloat16, cache_enabled=False)
    side = torch.cuda.Stream(images.device)
    side.wait_stream(torch.cuda.current_stream(images.device))
    with torch.cuda.stream(side), lower():
        for _ in range(3):  # libraries choose their kernels before anything is recorded
            model._forward(images)
    torch.cuda.current_stream(images.device).wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph), lower():
        outputs = model._forward(images)

    def replay(given: Tensor) -> tuple:
        images.copy_(given)
        graph.replay()
        return outputs

    return replay


def prediction_of(
    ours: Any, peer: Any, batch: int, network: Network, device: torch.device
) -> tuple[partial, partial]:
    """Make the two calls that turn a batch of photos into mattes and into hard masks."""
    generator = torch.Generator().manual_seed(0)
    photos = list(torch.randint(0, 256, (batch, 3, *SIZE), generator=generator).byte())
    if device.type == 'cuda':
        photos = [photo.pin_memory() for photo in photos]
    quarter = (SIZE[0] // 4, SIZE[1] // 4)
    scene = scripted(ours.mask_head.num_grids, 80, 256, quarter, INSTANCES, INSTANCES)
    scene = scene.to(device, batch)
    mine = partial(draw, ours.mask_head, network, scene)
    theirs = partial(draw_peer, peer, scene)
    return (
        partial(on_photos, ours.data_preprocessor, mine, 'alphas', photos, device),
        partial(on_photos, peer.data_preprocessor, theirs, 'masks', photos, device),
    )


@torch.inference_mode()
def on_photos(
    preprocessor: Any,
    draw_all: Callable[[Tensor], list],
    field: str,
    photos: list[Tensor],
    device: torch.device,
) -> list[Tensor]:
    """Take 8-bit photos from the host to their mattes or masks on the host."""
    samples = [blank_sample(SIZE, SIZE) for _ in photos]
    images = preprocessor(dict(inputs=photos, data_samples=samples))['inputs']
    results = in_bfloat16(partial(draw_all, images), device)
    return [result[field].cpu() for result in results]


def draw(head: Any, network: Network, scene: Outputs, images: Tensor) -> list:
    """Run our network and draw the scene's mattes with its low-level features."""
    low_level, expand = network(images)[-2:]
    metas = [blank_sample(SIZE, SIZE).metainfo for _ in images]
    parts = scene.cate_logits, scene.kernels, scene.mask_feature
    return head.predict_by_feat(*parts, low_level, expand, metas)


def draw_peer(peer: Any, scene: Outputs, images: Tensor) -> list:
    """Run SOLOv2 and draw the scene's masks, in float32 as ours does: bfloat16 would lose some."""
    head = peer.mask_head
    head(peer.extract_feat(images))
    metas = [blank_sample(SIZE, SIZE).metainfo for _ in images]
    with torch.autocast(images.device.type, enabled=False):
        return head.predict_by_feat(*scene.for_solov2(tuple(head.num_grids)), metas)


def training(ours: Any, peer: Any, repeats: int, device: torch.device) -> list[Row]:
    """Compare steps of a mixed batch: images a second, and memory."""
    kinds = [('hard', 'soft')[k % 2] for k in range(TRAIN_BATCH)]
    mine, theirs = (
        partial(in_bfloat16, call, device) for call in steps_of(ours, peer, SIZE, kinds)
    )
    case = f'training, batch {TRAIN_BATCH}'
    row = paired(case, mine, theirs, repeats, device=device)
    rates = TRAIN_BATCH / row.ours, TRAIN_BATCH / row.peer
    memory = memory_row(case, mine, theirs, device)
    return [Row(case, *rates, row.ratio, 'images/s'), memory]


def top_kernels(work: Callable[[], Any], device: torch.device) -> list[Row]:
    """List the kernels (on the host: the operators) that take longest; the peer is all together."""
    on_gpu = device.type == 'cuda'
    activities = [ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * on_gpu
    work()
    with profile(activities=activities) as record:
        work()
        wait_for(device)
    kind = torch.autograd.DeviceType.CUDA if on_gpu else torch.autograd.DeviceType.CPU
    field = 'self_device_time_total' if on_gpu else 'self_cpu_time_total'
    events = [event for event in record.key_averages() if event.device_type == kind]
    seconds = {event.key: getattr(event, field) / 1e6 for event in events}
    total = sum(seconds.values())
    best = sorted(seconds.items(), key=lambda each: -each[1])[:TOP]
    return [Row(f'kernel {k}: {name}', t, total, total / t) for k, (name, t) in enumerate(best, 1)]
