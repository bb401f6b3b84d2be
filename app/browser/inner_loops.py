"""The script beside the page that does the inner loops of long computations, in Python's stead (static/inner_loops.js).

One protocol for every job: it is begun with a name and data, tells how far it is, and ends with what was found, or
without. Without it the computation finds the same in Python, so a browser that refuses workers only takes longer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.browser import dom
from app.vocabulary.calculator import Found, Job


class InnerLoops:
    """The script at `address`, for one computation: it does one job at a time, and is started with the first."""

    def __init__(self, address: str, failed: dom.Failed) -> None:
        self._address, self._failed = address, failed
        self._worker: dom.Worker | None = None
        self._refused = not address  # then there is none, and none is asked again
        self._told: Callable[[float], None] = _nothing
        self._done: Callable[[Found | None], None] = _nothing

    def begin(self, job: Job, told: Callable[[float], None], done: Callable[[Found | None], None]) -> None:
        """Begin a job: `told` is called with the share that is done, and in the end `done` with what was found, or with
        None if there is nobody to do it. May call it at once.
        """
        if self._refused:
            done(None)
            return
        self._told, self._done = told, done
        if self._worker is None:
            self._worker = dom.Worker(self._address, self._heard, self._lost, self._failed)
        self._worker.post({"job": job.name, "data": job.data})

    def stop(self) -> None:
        """End the job that is being done, if there is one: nothing is called any more."""
        if self._done is not _nothing:
            self._told = self._done = _nothing
            self._end()

    def _end(self) -> None:
        worker, self._worker = self._worker, None
        if worker:
            worker.terminate()

    def _heard(self, message: Mapping[str, Any]) -> None:
        if "progress" in message:
            self._told(message["progress"])
            return
        done, self._told, self._done = self._done, _nothing, _nothing
        if "error" in message:
            dom.log(RuntimeError(f"inner_loops.js: {message['error']}"))
        done(message.get("result"))

    def _lost(self) -> None:
        done, self._told, self._done = self._done, _nothing, _nothing
        self._refused = True
        self._end()
        done(None)


def _nothing(_: object) -> None:
    """Nobody listens."""
