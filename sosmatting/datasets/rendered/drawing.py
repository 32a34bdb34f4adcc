"""Draw a textured 3D model (OBJ) with VTK: colours and an exact alpha.

The model is drawn before white and before black; what differs is what shows through (triangulation
matting, Smith & Blinn, SIGGRAPH 1996). So glass is half transparent, and a leaf's edge is soft.
"""

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from sosmatting.exceptions import InputError

Rotation = tuple[float, ...] | None
FINER = 2  # drawn so much larger; samples of VTK's take three times as long


class NoSurfaceError(InputError):
    """A file from which VTK reads nothing to draw."""


@dataclass(frozen=True)
class Pose:
    """How a model is looked at and lit; angles in degrees.

    Attributes:
        azimuth: Of the camera, from the model's front.
        elevation: Of the camera, above the ground.
        field: Of view.
        lights: Azimuth from the camera's, elevation, intensity and warmth (-1 to 1) of each.
        ambient: Light that comes from everywhere, 0 to 1.
    """

    azimuth: float
    elevation: float
    field: float
    lights: tuple[tuple[float, float, float, float], ...]
    ambient: float


def drawn_pose(rng: np.random.Generator) -> Pose:
    """Draw a pose: rather from the front and from eye level, a key light and a weaker one."""
    key = rng.uniform(-60, 60), rng.uniform(20, 80), rng.uniform(0.6, 0.9), rng.uniform(-1, 1)
    fill = rng.uniform(-120, 120), rng.uniform(20, 80), rng.uniform(0.2, 0.45), rng.uniform(-1, 1)
    return Pose(
        azimuth=float(rng.normal(0, 60)),
        elevation=float(rng.uniform(0, 30)),
        field=float(rng.uniform(20, 45)),
        lights=(key, fill),
        ambient=float(rng.uniform(0.25, 0.45)),
    )


def draw(
    model: Path, pose: Pose, side: int, rotation: tuple[float, ...] | None = None
) -> np.ndarray:
    """Draw a model.

    Args:
        model: Its OBJ file; materials and textures lie where that says, or beside it.
        pose: How it is looked at.
        side: Of the picture, in pixels.
        rotation: Nine numbers, the rows of a matrix that is applied to the model first.

    Returns:
        (side, side, 4) float32 in [0, 1], colours not multiplied by alpha.

    Raises:
        NoSurfaceError: The file holds nothing to draw.
        InputError: VTK is not installed or cannot draw here.
    """
    vtk = _vtk()
    window = vtk.vtkRenderWindow()
    window.SetOffScreenRendering(1)
    if not window.SupportsOpenGL():
        raise InputError(
            'VTK finds no OpenGL to draw with; on Debian: apt install libegl1 libegl-mesa0 '
            'libgl1-mesa-dri'
        )
    window.SetMultiSamples(0)
    window.SetSize(FINER * side, FINER * side)
    renderer = _loaded(vtk, model, window)
    if not vtk.vtkMath.AreBoundsInitialized(renderer.ComputeVisiblePropBounds()):
        raise NoSurfaceError(f'{model}: VTK reads no surface from it; is it an OBJ file?')
    _prepare(vtk, renderer, pose, rotation)
    _place(vtk, renderer, pose)
    white, black = (_shot(vtk, window, renderer, level) for level in (1.0, 0.0))
    window.Finalize()
    alpha = 1 - (white - black).mean(2, keepdims=True).clip(0, 1)
    both = cv2.resize(np.dstack([black, alpha]), (side, side), interpolation=cv2.INTER_AREA)
    opacity = both[..., 3:]
    colours = both[..., :3] / np.maximum(opacity, 1 / 255)
    return np.dstack([colours.clip(0, 1), opacity.clip(0, 1)]).astype(np.float32)


def _vtk() -> Any:
    try:
        import vtk
    except ImportError as error:
        raise InputError(
            'rendered cut-outs are drawn with VTK, which is not installed; pip install '
            "'sosmatting[render]'"
        ) from error
    vtk.vtkObject.GlobalWarningDisplayOff()
    return vtk


def _loaded(vtk: Any, model: Path, window: Any) -> Any:
    """Read a model into a window; returns its renderer."""
    importer = vtk.vtkOBJImporter()
    importer.SetFileName(str(model))
    named = re.search(r'^mtllib\s+(.+?)\s*$', model.read_text('latin-1'), re.MULTILINE)
    if named and (model.parent / named[1]).is_file():
        importer.SetFileNameMTL(str(model.parent / named[1]))
    importer.SetTexturePath(str(model.parent))
    renderer = vtk.vtkRenderer()
    window.AddRenderer(renderer)
    importer.SetRenderWindow(window)
    importer.Update()
    return window.GetRenderers().GetFirstRenderer()


def _prepare(vtk: Any, renderer: Any, pose: Pose, rotation: Rotation) -> None:
    """Set a model upright, and let every surface have its colour in the light from everywhere."""
    matrix = vtk.vtkMatrix4x4()
    for k, value in enumerate(rotation or ()):
        matrix.SetElement(k // 3, k % 3, value)
    actors = renderer.GetActors()
    for k in range(actors.GetNumberOfItems()):
        actor = actors.GetItemAsObject(k)
        actor.SetUserMatrix(matrix)
        surface = actor.GetProperty()
        if actor.GetTexture() is not None:
            surface.SetDiffuseColor(1, 1, 1)
        surface.SetAmbientColor(surface.GetDiffuseColor())
        surface.SetAmbient(pose.ambient)
        surface.SetSpecular(min(surface.GetSpecular(), 0.4))


def _place(vtk: Any, renderer: Any, pose: Pose) -> None:
    """Put the camera where it sees the whole model, and the lights."""
    bounds = np.array(renderer.ComputeVisiblePropBounds()).reshape(3, 2)
    middle, radius = bounds.mean(1), 0.5 * float(np.linalg.norm(bounds[:, 1] - bounds[:, 0]))
    camera = renderer.GetActiveCamera()
    camera.SetFocalPoint(*middle)
    camera.SetViewUp(0, 1, 0)
    camera.SetViewAngle(pose.field)
    far = radius / math.sin(math.radians(pose.field / 2))
    camera.SetPosition(*(middle + far * _direction(pose.azimuth, pose.elevation)))
    renderer.ResetCameraClippingRange()
    renderer.RemoveAllLights()
    renderer.AutomaticLightCreationOff()
    for beside, elevation, intensity, warmth in pose.lights:
        light = vtk.vtkLight()
        light.SetLightTypeToSceneLight()
        light.SetFocalPoint(*middle)
        light.SetPosition(*(middle + far * _direction(pose.azimuth + beside, elevation)))
        light.SetIntensity(intensity)
        light.SetColor(
            1 - 0.12 * max(-warmth, 0), 1 - 0.04 * abs(warmth), 1 - 0.12 * max(warmth, 0)
        )
        renderer.AddLight(light)


def _direction(azimuth: float, elevation: float) -> np.ndarray:
    """Turn two angles into a unit vector; y is up, z is the front."""
    around, up = math.radians(azimuth), math.radians(elevation)
    return np.array([
        math.cos(up) * math.sin(around), math.sin(up), math.cos(up) * math.cos(around)
    ])  # fmt: skip


def _shot(vtk: Any, window: Any, renderer: Any, level: float) -> np.ndarray:
    """Draw before a grey level: (H, W, 3) float32 in [0, 1]."""
    from vtk.util.numpy_support import vtk_to_numpy

    renderer.SetBackground(level, level, level)
    window.Render()
    grab = vtk.vtkWindowToImageFilter()
    grab.SetInput(window)
    grab.SetInputBufferTypeToRGB()
    grab.ReadFrontBufferOff()
    grab.Update()
    image = grab.GetOutput()
    width, height, _ = image.GetDimensions()
    pixels = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(height, width, 3)
    return pixels[::-1].astype(np.float32) / 255
