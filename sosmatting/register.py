"""Import everything that registers itself with mmdet; ``custom_imports`` of configs names this.

It also silences the warnings of other people's code that a user can do nothing about.
"""

import warnings

warnings.filterwarnings('ignore', message='pkg_resources is deprecated')
warnings.filterwarnings('ignore', message='torch.meshgrid')
warnings.filterwarnings('ignore', category=SyntaxWarning, module='mm(cv|det|engine)')
warnings.filterwarnings('ignore', category=FutureWarning, module='mm(cv|det|engine)')
warnings.filterwarnings('ignore', category=DeprecationWarning)
warnings.filterwarnings('ignore', category=UserWarning, module='PIL')  # of damaged pictures

import mmdet.datasets  # noqa: E402
import mmdet.engine  # noqa: E402
import mmdet.models  # noqa: E402
import mmdet.visualization  # noqa: E402, F401

import sosmatting.datasets.colours  # noqa: E402
import sosmatting.datasets.composed.dataset  # noqa: E402
import sosmatting.datasets.composed.pasting  # noqa: E402
import sosmatting.datasets.mixing  # noqa: E402
import sosmatting.datasets.pseudo  # noqa: E402
import sosmatting.datasets.reduced  # noqa: E402
import sosmatting.datasets.sofi200  # noqa: E402
import sosmatting.datasets.transforms  # noqa: E402
import sosmatting.datasets.trimap.composition  # noqa: E402
import sosmatting.datasets.trimap.photos  # noqa: E402
import sosmatting.engine.backend  # noqa: E402
import sosmatting.engine.hooks  # noqa: E402
import sosmatting.engine.loop  # noqa: E402
import sosmatting.engine.optim  # noqa: E402
import sosmatting.engine.pictures  # noqa: E402
import sosmatting.engine.progress  # noqa: E402
import sosmatting.engine.runner  # noqa: E402
import sosmatting.evaluation.error_places  # noqa: E402
import sosmatting.evaluation.instance_matting  # noqa: E402
import sosmatting.evaluation.trimap_matting  # noqa: E402
import sosmatting.models.look_naming  # noqa: E402
import sosmatting.models.losses  # noqa: E402
import sosmatting.models.low_level  # noqa: E402
import sosmatting.models.matte_head  # noqa: E402
import sosmatting.models.second_look  # noqa: E402
import sosmatting.models.soso  # noqa: E402
import sosmatting.models.trimap.deep_image_matting  # noqa: E402
import sosmatting.models.trimap.gca  # noqa: E402
import sosmatting.models.trimap.indexnet  # noqa: E402
import sosmatting.models.trimap.matting  # noqa: E402, F401
