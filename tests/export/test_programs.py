"""Files opened by the programs they are for, where these are installed."""

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
from PIL import Image

from sosmatting.export import save

from .matte_cases import soft_mattes

NAMES = ('person_01', 'dog_01', 'person_02')
BLENDER = os.environ.get('SOSMATTING_BPY_PYTHON')
GIMP = shutil.which('gimp-console')
# One line on stderr and one PNG for every layer, from the top.
SCRIPT = """
(let* ((image (car (gimp-file-load RUN-NONINTERACTIVE "{folder}/layers.psd" "layers.psd")))
       (layers (vector->list (cadr (gimp-image-get-layers image)))))
  (for-each
    (lambda (layer)
      (let ((name (car (gimp-item-get-name layer))) (at (gimp-drawable-offsets layer)))
        (gimp-message (string-append "layer " name " " (number->string (car at)) " "
                                     (number->string (cadr at)) ";"))
        (file-png-save RUN-NONINTERACTIVE image layer (string-append "{folder}/gimp_" name ".png")
                       name 0 1 0 0 0 0 1)))
    layers)
  (gimp-quit 0))
"""


@pytest.mark.skipif(
    BLENDER is None,
    reason='set SOSMATTING_BPY_PYTHON to a Python 3.11 with Blender in it (pip install bpy==5.0.1)',
)
def test_blenders_compositor_picks_exact_mattes_and_layers(tmp_path: Path) -> None:
    mattes = soft_mattes(np.uint16)
    save(mattes, tmp_path, ['exr', 'cryptomatte'])
    script = Path(__file__).with_name('blender_reader.py')
    command = [str(BLENDER), str(script), str(tmp_path), str(tmp_path), *NAMES]
    clean = {k: v for k, v in os.environ.items() if k != 'PYTHONPATH'}
    subprocess.run(command, check=True, capture_output=True, env=clean, timeout=300)

    def read(name: str) -> dict[str, np.ndarray]:
        file = OpenEXR.File(str(tmp_path / f'{name}.exr'), separate_channels=True)
        return {key: channel.pixels for key, channel in file.channels().items()}

    ours, photo = read('layers'), read('photo')
    assert all(np.array_equal(photo[c], ours[c]) for c in 'RGB')
    for index, name in enumerate(NAMES):
        assert np.abs(read(f'matte_{name}')['R'] - mattes.alphas[index] / 65535).max() < 1e-6
        layer = read(f'layer_{name}')
        assert all(np.array_equal(layer[c], ours[f'{name}.{c}']) for c in 'RGBA')


@pytest.mark.skipif(GIMP is None, reason='GIMP is not installed (gimp-console)')
def test_gimp_opens_the_psd_with_its_layers(tmp_path: Path) -> None:
    mattes = soft_mattes()
    save(mattes, tmp_path, ['psd'])
    command = [str(GIMP), '-n', '-d', '-f', '-i', '-b', SCRIPT.format(folder=tmp_path)]
    home = os.environ | {'HOME': str(tmp_path), 'GIMP2_DIRECTORY': str(tmp_path / 'gimp')}
    done = subprocess.run(
        command, capture_output=True, text=True, env=home, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    said = [part.split(';')[0] for part in (done.stderr + done.stdout).split('layer ')[1:]]
    assert said == ['person_01 10 5', 'dog_01 35 15', 'person_02 80 50', 'Background 0 0']
    for index, name in enumerate(NAMES):
        rows, columns = (np.flatnonzero(mattes.alphas[index].any(axis)) for axis in (1, 0))
        box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        pixels = np.asarray(Image.open(tmp_path / f'gimp_{name}.png'))
        assert np.array_equal(pixels[..., 3], mattes.alphas[index][box])
        there = pixels[..., 3] > 0
        assert np.array_equal(pixels[there, :3], mattes.image[box][there])
    background = np.asarray(Image.open(tmp_path / 'gimp_Background.png'))
    assert np.array_equal(background[..., :3], mattes.image)
