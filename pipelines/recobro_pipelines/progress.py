"""What a command tells while it works: a bar on a terminal, nothing elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class Steps:
    """The steps of a command. `start` names the next one and how many ticks it takes; `tick` counts them."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._current: TaskID | None = None

    def start(self, what: str, total: int | None = None) -> None:
        """Begin a step; the one before is done."""
        if self._progress is None:
            return
        self.finish()
        self._current = self._progress.add_task(what, total=total)

    def tick(self) -> None:
        """One more of the step's ticks."""
        if self._progress is not None and self._current is not None:
            self._progress.advance(self._current)

    def finish(self) -> None:
        """The step is done."""
        if self._progress is not None and self._current is not None:
            task = self._progress.tasks[self._progress.task_ids.index(self._current)]
            total = task.total or 1
            self._progress.update(self._current, total=total, completed=total)
            self._current = None


#: Tells nothing.
SILENT = Steps(None)


@contextmanager
def shown_steps(console: Console) -> Iterator[Steps]:
    """Steps drawn on the console while the block runs; silent where it is no terminal."""
    if not console.is_terminal:
        yield SILENT
        return
    columns = (SpinnerColumn(finished_text="[green]✓"), TextColumn("{task.description}"), BarColumn(bar_width=24),
               MofNCompleteColumn(), TimeElapsedColumn())  # fmt: skip
    with Progress(*columns, console=console) as progress:
        steps = Steps(progress)
        yield steps
        steps.finish()
