import json
import runpy
from pathlib import Path

import numpy as np
import pytest

from sosmatting.datasets.composed.foregrounds import Foreground, list_foregrounds
from sosmatting.datasets.composed.write import NumberedScenes
from sosmatting.datasets.sets.sofi200 import problems
from sosmatting.exceptions import InputError
from tests.datasets.composed.prepared import prepare

REPO = Path(__file__).parents[3]
main = runpy.run_path(str(REPO / 'tools/prepare_data.py'))['main']


def compose(folder: Path, out: Path, *options: str) -> int:
    sources = ['--foregrounds', f'{folder}/rgba:train', '--backgrounds', f'{folder}/backgrounds']
    return main(['compose', *sources, '--out', str(out), '--size', '96', *options])


def tree(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob('*') if p.is_file()}


def test_scenes_are_written_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prepare(tmp_path)
    out = tmp_path / 'out'
    assert compose(tmp_path, out, '--count', '4', '--workers', '1') == 0
    assert not list(problems(out))
    content = json.loads((out / 'annotations/train.json').read_text())
    assert len(content['images']) == 4
    assert [c['name'] for c in content['categories']] == ['cow', 'object']
    assert content['info']['recipe']['size'] == 96
    capsys.readouterr()
    assert compose(tmp_path, out, '--count', '4', '--workers', '1') == 0
    assert 'already complete' in capsys.readouterr().out
    assert compose(tmp_path, tmp_path / 'two', '--count', '4', '--workers', '2') == 0
    assert tree(tmp_path / 'two') == tree(out)
    with pytest.raises(InputError, match='seed 0 there, 1 here'):
        compose(tmp_path, out, '--count', '4', '--seed', '1')


def test_a_missing_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r'train\.json: no such file; make the set with'):
        compose(tmp_path, tmp_path / 'out', '--count', '4')
    prepare(tmp_path)
    with pytest.raises(InputError, match='--count 0'):
        compose(tmp_path, tmp_path / 'out', '--count', '0')
    assert not (tmp_path / 'out').exists()


def test_annotations_say_which_cutout_an_instance_is(tmp_path: Path) -> None:
    prepare(tmp_path)
    out = tmp_path / 'out'
    assert compose(tmp_path, out, '--count', '6', '--workers', '1') == 0
    content = json.loads((out / 'annotations/train.json').read_text())
    pictures = json.loads((tmp_path / 'rgba/annotations/train.json').read_text())
    names = {c['id']: c['name'] for c in pictures['categories']}
    kinds = {
        f'rgba/{Path(a["foreground"][0]).stem}': names[a['category_id']]
        for a in pictures['annotations']
    }
    names = {c['id']: c['name'] for c in content['categories']}
    shown = {(a['cutout'], names[a['category_id']]) for a in content['annotations']}
    assert len(shown) > 1 and shown <= set(kinds.items())


def test_every_cutout_leads_in_turn_and_views_of_a_model_take_turns(tmp_path: Path) -> None:
    prepare(tmp_path)
    file = tmp_path / 'rgba/annotations/train.json'
    content = json.loads(file.read_text())
    stems = [Path(a['foreground'][0]).stem for a in content['annotations']]
    out = tmp_path / 'out'
    options = ['--count', str(2 * len(stems)), '--workers', '1']
    assert compose(tmp_path, out, '--in-turn', *options) == 0
    written = json.loads((out / 'annotations/train.json').read_text())
    assert written['info']['in_turn']
    shown: dict[int, set[str]] = {}
    for annotation in written['annotations']:
        shown.setdefault(annotation['image_id'], set()).add(annotation['cutout'])
    for number, image in enumerate(written['images']):
        assert f'rgba/{stems[number % len(stems)]}' in shown[image['id']]
    with pytest.raises(InputError, match='in_turn True there, None here'):
        compose(tmp_path, out, *options)

    for annotation in content['annotations']:  # as if all were drawn from one model
        annotation['model'] = 'one'
    file.write_text(json.dumps(content))
    views = list_foregrounds(tmp_path / 'rgba', 'train')
    assert {view.name for view in views} == {'rgba/one'}
    composer = SceneLeads()
    scenes = NumberedScenes(composer, 0, [views])
    assert [scenes(number) for number in range(2 * len(views))] == 2 * views
    assert NumberedScenes(composer, 0)(0) is None


class SceneLeads:
    """Stands in for a composer: tells what it was to lead with."""

    def __call__(self, rng: np.random.Generator, lead: Foreground | None) -> Foreground | None:
        return lead
