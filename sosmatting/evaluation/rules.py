"""What the numbers of an image depend on, and how that is written beside them."""

from dataclasses import dataclass
from typing import Any

from sosmatting.exceptions import InputError
from sosmatting.functional.connectivity import Empty
from sosmatting.functional.errors import PRINTED
from sosmatting.functional.protocols import PROTOCOLS

PARTS = ('per_instance', 'imq', 'soft_ap', 'mask_ap')
MATCH_IOU = 0.5


@dataclass(frozen=True)
class Rules:
    """What the numbers of an image depend on.

    Attributes:
        parts: Which of ``PARTS`` to take.
        protocol: Name in ``PROTOCOLS``: how the errors of an instance are taken.
        floor: Predicted alphas below floor / 255 count as 0, everywhere.
        min_score: Predictions below this confidence count in the two APs only.
        imq_empty: Conn's rule inside IMQ.
        agnostic: The APs ignore categories.

    Raises:
        InputError: A value is unknown or out of range.
    """

    parts: tuple[str, ...] = PARTS
    protocol: str = 'instance'
    floor: int = 1
    min_score: float = 0.0
    imq_empty: Empty = 'matlab'
    agnostic: bool = False

    def __post_init__(self) -> None:
        unknown = sorted(set(self.parts) - set(PARTS))
        if unknown or not self.parts:
            raise InputError(f'parts: {unknown or "nothing"} cannot be scored; use some of {PARTS}')
        if self.protocol not in PROTOCOLS:
            raise InputError(f"protocol: '{self.protocol}' is unknown; use one of {[*PROTOCOLS]}")
        if not 1 <= self.floor <= 255:
            raise InputError(f'floor: {self.floor} is not in 1..255; give a level of 8-bit alpha')
        if not 0 <= self.min_score <= 1:
            raise InputError(f'min_score: {self.min_score} is not in 0..1; give a confidence')
        if self.imq_empty not in ('matlab', 'previous'):
            raise InputError(
                f"imq_empty: '{self.imq_empty}' is unknown; use 'matlab' or 'previous'"
            )

    @property
    def settings(self) -> dict[str, Any]:
        """What is printed and written beside the scores."""
        protocol = PROTOCOLS[self.protocol]
        return {
            'parts': list(self.parts),
            'protocol': self.protocol,
            'floor': self.floor,
            'min_score': self.min_score,
            'match_iou': MATCH_IOU,
            'region': {'per_instance': protocol.region, 'imq': 'union'},
            'scale': dict(PRINTED),
            'grad_normalise': protocol.normalise,
            'conn_empty': {'matched': protocol.empty, 'missed': 'previous', 'imq': self.imq_empty},
            'categories': 'ignored' if self.agnostic else 'told apart in the APs',
        }
