"""Which precisions a device computes in."""

import contextlib

import torch


def multiplies_bfloat16(device: str) -> bool:
    """Tell whether a device multiplies bfloat16 itself; where it does not, autocast is slower.

    Args:
        device: Its type, ``'cpu'`` or ``'cuda'``.
    """
    if device == 'cuda':
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device == 'cpu':
        return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return False


def multiplies_int8() -> bool:
    """Tell whether the host multiplies matrices of 8-bit integers faster than floats.

    Without AVX-512 they take up to twenty times as long, for want of an instruction.
    """
    fast = torch.backends.cpu.get_cpu_capability() == 'AVX512'
    return fast and hasattr(torch, '_int_mm')


def halved(device: str, wanted: bool) -> contextlib.AbstractContextManager:
    """Compute in bfloat16 where that is ``wanted`` and faster; else as the caller chose."""
    if wanted and multiplies_bfloat16(device):
        return torch.autocast(device, torch.bfloat16)
    return contextlib.nullcontext()
