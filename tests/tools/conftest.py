"""The benchmarks on a network that is small enough for tests."""

import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the benchmarks importable, and their network a small one."""
    import sosmatting.register  # noqa: F401

    monkeypatch.syspath_prepend(str(ROOT / 'tools'))
    peers = importlib.import_module('benchmarks.peers')
    whole = peers.config_of

    def small():
        config = whole()
        head = config.model.mask_head
        config.model.backbone.depth = 18
        config.model.neck.in_channels = [64, 128, 256, 512]
        config.model.neck.out_channels = head.in_channels = 32
        head.feat_channels, head.stacked_convs = 32, 1
        head.mask_feature_head.feat_channels = 32
        return config

    monkeypatch.setattr(peers, 'config_of', small)
