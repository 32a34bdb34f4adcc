"""One process of several: ``sosmatting predict`` around the stand-in, slow, with a log.

``python -m tests.predict.worker LOG PAUSE ARGUMENTS...``
"""

import sys
from pathlib import Path
from types import ModuleType

# The real one would load mmdet, which takes longer than the whole test.
without_mmdet = ModuleType('sosmatting.apis.matter')
without_mmdet.__dict__.update(Matter=None, PhotoInput=None)
sys.modules['sosmatting.apis.matter'] = without_mmdet

from sosmatting.cli import main  # noqa: E402
from sosmatting.predict import command  # noqa: E402
from tests.predict.fake_matter import FakeMatter  # noqa: E402

if __name__ == '__main__':
    FakeMatter.log, FakeMatter.pause = Path(sys.argv[1]), float(sys.argv[2])
    command.Matter = FakeMatter  # type: ignore[assignment,misc]
    sys.exit(main(['predict', *sys.argv[3:]]))
