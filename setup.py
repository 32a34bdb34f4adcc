"""Everything about the package that pip needs to know; pyproject.toml only holds tool settings."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).resolve().parent


def version() -> str:
    """Read the version without importing the package, whose dependencies are not there yet."""
    source = (HERE / 'sosmatting' / '__init__.py').read_text(encoding='utf-8')
    found = re.search(r"^__version__ = '([^']+)'$", source, re.MULTILINE)
    if found is None:
        raise RuntimeError('sosmatting/__init__.py: no __version__')
    return found[1]


def read(name: str) -> str:
    path = HERE / name
    return path.read_text(encoding='utf-8') if path.is_file() else ''


def config_packages() -> dict[str, str]:
    """Map the folders of configs/ into the package: an installed copy has sosmatting/configs/."""
    folders = [HERE / 'configs', *sorted((HERE / 'configs').rglob('*'))]
    return {
        '.'.join(['sosmatting', *folder.relative_to(HERE).parts]): str(folder.relative_to(HERE))
        for folder in folders
        if folder.is_dir() and folder.name != '__pycache__'
    }


CONFIGS = config_packages()

setup(
    name='sosmatting',
    version=version(),
    description='Instance matting: one photo in, one soft alpha matte per object out.',
    long_description=read('README.md'),
    long_description_content_type='text/markdown',
    author='The sosmatting authors',
    license='Apache-2.0',
    license_files=['LICENSE'],
    classifiers=[
        'Programming Language :: Python :: 3.10',
        'Programming Language :: Python :: 3.11',
        'Programming Language :: Python :: 3.12',
        'Topic :: Scientific/Engineering :: Image Processing',
    ],
    python_requires='>=3.10,<3.13',
    packages=[*find_packages(include=['sosmatting', 'sosmatting.*']), *CONFIGS],
    package_dir=CONFIGS,
    package_data={'sosmatting': ['py.typed', 'weights/*.safetensors', 'weights/*.md']},
    entry_points={'console_scripts': ['sosmatting = sosmatting.cli:main']},
    install_requires=[
        'torch>=2.6,<2.16',
        'torchvision>=0.21,<0.30',
        'mmengine>=0.11.0rc3,<1',
        'mmcv-lite>=2.1,<2.2',
        'mmdet>=3.3,<3.4',
        'pycocotools>=2.0.7,<2.1',
        'opencv-python>=4.9,<5.1',
        'numpy>=1.26,<2.5',
        'scipy>=1.11,<1.18',
        'pillow>=10.3,<14',
        'matplotlib>=3.7,<4',
        'psd-tools>=1.12,<2',
        'OpenEXR>=3.3,<3.6',
        'mmh3>=4.1,<6',
        'packaging>=23',
        'rich>=13.4,<16',
        'safetensors>=0.4.3,<0.9',
        'tensorboard>=2.15,<2.22',
        # mmengine imports distutils, which Python 3.12 only has through setuptools.
        'setuptools>=68',
    ],
    extras_require={
        'bench': ['scikit-image>=0.22,<0.27'],
        'foreground': ['pymatting>=1.1.10,<1.2'],
        'heic': ['pillow-heif>=0.16,<2'],
        'render': ['vtk>=9.4,<10'],
        'trimap': ['pymatting>=1.1.10,<1.2'],
        'dev': [
            'pymatting>=1.1.10,<1.2',
            'codespell>=2.2,<3',
            'hypothesis>=6.100,<7',
            'mypy>=1.10,<3',
            'pillow-heif>=0.16,<2',
            'pypdf>=4,<8',
            'pytest>=8,<10',
            'pytest-xdist>=3.5,<4',
            'ruff>=0.17,<0.18',
            'scikit-image>=0.22,<0.27',
            'tifffile>=2024.1',
            'vtk>=9.4,<10',
        ],
    },
    zip_safe=False,
)
