"""What a killed process leaves."""

from pathlib import Path

from sosmatting.predict.leftovers import Leftovers


def test_only_what_was_there_and_of_this_photo_goes(tmp_path: Path) -> None:
    for name in ('.a.x1y2.part', '.a.b.q.part', '.b.z.part', 'a'):
        (tmp_path / name).mkdir()
        (tmp_path / name / 'half.png').touch()
    (tmp_path / '.a.file.part').touch()
    leftovers = Leftovers([tmp_path / 'a', tmp_path / 'a.b', tmp_path / 'no/c'])
    (tmp_path / '.a.late.part').mkdir()
    leftovers.remove(tmp_path / 'a')
    leftovers.remove(tmp_path / 'a')
    leftovers.remove(tmp_path / 'no/c')
    kept = {'.a.b.q.part', '.b.z.part', 'a', '.a.file.part', '.a.late.part'}
    assert {path.name for path in tmp_path.iterdir()} == kept
