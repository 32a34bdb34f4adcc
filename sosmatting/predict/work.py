"""The way of the photos: read and prepared ahead, through the model, written behind it.

Reading and writing run in threads of their own beside the model; the order of the results, and the
results, are those of doing one after the other.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeVar

from sosmatting.apis.matter import Matter
from sosmatting.apis.photo_input import PreparedPhoto
from sosmatting.apis.result import PhotoMattes
from sosmatting.exceptions import InputError, one_line
from sosmatting.export import save
from sosmatting.files import check_writable, load_photo
from sosmatting.predict.inputs import Source, printable
from sosmatting.predict.leftovers import Leftovers
from sosmatting.predict.plan import Plan
from sosmatting.predict.records import Record, content_hash, is_done, note
from sosmatting.predict.refining import refined
from sosmatting.predict.share import Claim, Share
from sosmatting.predict.stages import Stages

LOADERS = 2
WRITERS = 2
T = TypeVar('T')
R = TypeVar('R')


@dataclass(frozen=True)
class Task:
    """One photo to be done.

    Attributes:
        source: Where it is.
        name: Its folder, relative to the output folder.
        own: Whether it is in this process's own part.
    """

    source: Source
    name: Path
    own: bool = True


@dataclass(frozen=True)
class Outcome:
    """What became of a photo.

    Attributes:
        task: The photo.
        kind: ``'done'``; ``'failed'``; ``'skipped'``, for it was done before or elsewhere;
            ``'busy'``, for another process works on it.
        text: What is to be said about it.
        mattes: How many were found.
    """

    task: Task
    kind: Literal['done', 'failed', 'skipped', 'busy']
    text: str = ''
    mattes: int = 0


@dataclass(frozen=True)
class _Loaded:
    task: Task
    claim: Claim
    record: Record
    prepared: PreparedPhoto


class Work:
    """Do photos by a plan.

    Args:
        matter: The model.
        plan: What to do.
        share: How the photos are shared out among processes.
        stages: Where times are added up.
    """

    def __init__(self, matter: Matter, plan: Plan, share: Share, stages: Stages) -> None:
        self.matter, self.plan, self.share, self.stages = matter, plan, share, stages
        self.leftovers = Leftovers(())

    def run(self, tasks: Iterable[Task]) -> Iterator[Outcome]:
        """Do photos.

        Args:
            tasks: The photos.

        Yields:
            What became of each.

        Raises:
            InputError: Nothing at all can be written any more.
        """
        tasks = list(tasks)
        self.leftovers = Leftovers(self.plan.out / task.name for task in tasks)
        size, writes = self.plan.batch_size, deque[Future[Outcome]]()
        with ThreadPoolExecutor(WRITERS) as writers, ThreadPoolExecutor(LOADERS) as loaders:
            batch: list[_Loaded] = []
            for loaded in ahead(loaders, self._load, tasks, depth=size + LOADERS):
                if isinstance(loaded, Outcome):
                    yield loaded
                    continue
                batch.append(loaded)
                if len(batch) == size:
                    writes.extend(self._to_writers(batch, writers))
                    batch = []
                # So many results are kept at most; what is written already is told at once.
                while writes and (len(writes) >= size + WRITERS or writes[0].done()):
                    yield writes.popleft().result()
            if batch:
                writes.extend(self._to_writers(batch, writers))
            while writes:
                yield writes.popleft().result()

    def _load(self, task: Task) -> _Loaded | Outcome:
        """Read and prepare a photo, unless there is nothing to do (runs in a thread)."""
        if self.plan.resume and self._is_done(task):
            return Outcome(task, 'skipped')
        claim = self.share.claim(task.name)
        if claim is None:
            return Outcome(task, 'busy')
        # Another process may have finished it just before it gave its claim back.
        if self.share.size > 1 and (self._is_done(task) or self.share.has_failed(task.name)):
            claim.release()
            return Outcome(task, 'skipped')
        folder = self.plan.out / task.name
        # The process whose photo this is may have died since the start.
        (self.leftovers if task.own else Leftovers([folder])).remove(folder)
        path, shown = task.source.path, task.source.shown
        try:
            with self.stages.timed('read'):
                # Before the content: a photo that changes meanwhile counts as changed.
                time_ns = path.stat().st_mtime_ns if path.exists() else 0
                content = task.source.read()
                photo = load_photo(content, max_pixels=self.matter.max_pixels, name=shown)
                record = Record(
                    path.name,
                    len(content),
                    time_ns,
                    content_hash(content),
                    self.plan.settings,
                )
            with self.stages.timed('prepare'):
                return _Loaded(task, claim, record, self.matter.prepare(photo, shown))
        except InputError as error:
            return self._failed(task, claim, error)

    def _to_writers(
        self, batch: list[_Loaded], writers: ThreadPoolExecutor
    ) -> Iterator[Future[Outcome]]:
        """Run the model on a batch and hand the results to the writers."""
        for loaded, mattes in zip(batch, self._predict(batch), strict=True):
            yield writers.submit(self._write, loaded, mattes)

    def _predict(self, batch: list[_Loaded]) -> list[PhotoMattes | InputError]:
        """Run the model; a photo that it cannot take does not take its neighbours with it."""
        try:
            with self.stages.timed('model'):
                return list(self.matter.predict([loaded.prepared for loaded in batch]))
        except InputError as error:
            if len(batch) == 1:
                return [error]
        return [result for loaded in batch for result in self._predict([loaded])]

    def _write(self, loaded: _Loaded, mattes: PhotoMattes | InputError) -> Outcome:
        """Write a result (runs in a thread)."""
        task, claim = loaded.task, loaded.claim
        folder = self.plan.out / task.name
        try:
            if isinstance(mattes, InputError):
                raise mattes
            chosen = mattes.select(**self.plan.choice)
            with self.stages.timed('refine'):
                chosen, more = refined(self.plan.refiner, chosen)
            with self.stages.timed('write'):
                options = replace(self.plan.options, source=task.source.shown)
                save(chosen, folder, self.plan.formats, options)
                note(folder, loaded.record)
        except InputError as error:
            outcome = self._failed(task, claim, error)
            check_writable(self.plan.out)
            return outcome
        claim.release()
        frames = loaded.prepared.photo.frames
        more += f'; the first of {frames} frames' if frames > 1 else ''
        text = f'{task.source.shown} -> {printable(str(folder))}: {len(chosen)} mattes{more}'
        return Outcome(task, 'done', text, len(chosen))

    def _failed(self, task: Task, claim: Claim, error: InputError) -> Outcome:
        """Note a failure and give the photo back."""
        self.share.note_failure(task.name)
        claim.release()
        text = one_line(error)
        named = text if task.source.shown in text else f'{task.source.shown}: {text}'
        return Outcome(task, 'failed', named)

    def _is_done(self, task: Task) -> bool:
        return is_done(self.plan.out / task.name, task.source.path, self.plan.settings)


def ahead(
    pool: ThreadPoolExecutor, function: Callable[[T], R], items: Iterable[T], depth: int
) -> Iterator[R]:
    """Map in threads, in order, at most ``depth`` items ahead of who asks for the results."""
    pending = deque[Future[R]]()
    try:
        for item in items:
            pending.append(pool.submit(function, item))
            if len(pending) >= depth:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        for future in pending:
            future.cancel()
