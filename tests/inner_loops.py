"""The scripts beside the page (static/inner_loops.js, zeros.js), run by Node.js for tests that need no browser."""

from __future__ import annotations

import json
import subprocess
from array import array
from base64 import b64encode
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from math import nan
from pathlib import Path
from typing import Any, TypeVar

from app.vocabulary.calculator import Job

T = TypeVar("T")


def _written(value: array[Any] | bytes) -> dict[str, Any]:
    """An array with its type, or a file."""
    if isinstance(value, bytes):
        return {"base64": b64encode(value).decode()}
    return {"type": value.typecode, "values": value.tolist()}


def _read(value: Any) -> Any:
    if isinstance(value, dict) and "type" in value:
        return array(value["type"], [nan if each is None else each for each in value["values"]])
    if isinstance(value, dict):
        return {name: _read(each) for name, each in value.items()}
    return [_read(each) for each in value] if isinstance(value, list) else value


class Script:
    """The script, which does one job at a time."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.told: list[float] = []  # the shares that were told of the last job
        self.jobs: list[str] = []  # what it has done

    def do(self, job: Job) -> dict[str, Any]:
        """What it finds."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"job": job.name, "data": dict(job.data)}, default=_written) + "\n")
        self.process.stdin.flush()
        found = json.loads(self.process.stdout.readline())
        self.told = found["told"]
        self.jobs.append(job.name)
        if "error" in found:
            raise RuntimeError(found["error"])
        result: dict[str, Any] = _read(found["result"])
        return result


@contextmanager
def script(name: str = "inner_loops.js") -> Iterator[Script]:
    """The script called so, as long as it is needed."""
    with subprocess.Popen(
        ["node", Path(__file__).with_suffix(".mjs"), name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Script(process)
        assert process.stdin
        process.stdin.close()


def finish_with(script: Script, work: Generator[Any, Any, T]) -> T:
    """The result of work in slices whose jobs the script does."""
    found = None
    try:
        while True:
            step = work.send(found)
            found = script.do(step) if isinstance(step, Job) else None
    except StopIteration as end:
        result: T = end.value
        return result
