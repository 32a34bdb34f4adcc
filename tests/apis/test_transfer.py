"""How a photo gets to the network: as bytes, normalised where the network is, without gradients."""

from typing import Any

import numpy as np
import pytest
import torch

from sosmatting.apis import Matter


def test_pixels_travel_as_bytes_and_no_gradients_are_prepared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options = ['test_dataloader.dataset.pipeline.1.scale=(96,96)']
    matter = Matter('soso_mini', 'random', 'cpu', options=options)
    moved: list[torch.Tensor] = []
    seen: list[tuple[torch.dtype, bool]] = []
    preprocessor = matter.model.data_preprocessor
    cast = preprocessor.cast_data

    def record(data: Any) -> Any:
        moved.extend([data] if isinstance(data, torch.Tensor) else [])
        return cast(data)

    monkeypatch.setattr(preprocessor, 'cast_data', record)
    matter.model.backbone.register_forward_pre_hook(
        lambda _, inputs: seen.append((inputs[0].dtype, torch.is_inference_mode_enabled()))
    )
    matter(np.random.default_rng(0).integers(0, 256, (60, 80, 3)).astype(np.uint8))
    assert [tensor.dtype for tensor in moved] == [torch.uint8] and moved[0].shape == (3, 72, 96)
    assert seen == [(torch.float32, True)]
