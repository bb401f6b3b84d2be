#!/usr/bin/env python3
"""What a checkpoint holds: exact parameters, types and bytes, zeros by tensor, patterns, and what they are worth.

    python tools/scan.py model.safetensors          # one file
    python tools/scan.py path/to/model              # a folder: shards, index and config.json together
    python tools/scan.py --json a.gguf > found.json # everything, for programs
    python tools/scan.py --headers path/to/model    # shapes, types and bytes alone
    python tools/scan.py --sample 64 path/to/model  # an estimate from 64 MB, with its error

It needs Python 3.11 and nothing else, and works from a clone without an install. It reads safetensors, GGUF, files of
torch.save (followed, never unpickled) and ONNX, a piece at a time: memory does not grow with the file. The page counts
with the same code. Progress goes to standard error. It exits with 0 for a checkpoint that was read, 1 for one that
cannot be, with the reason, and 2 for a wrong command.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.calculators.pruning.checkpoint.counts import Counts
from app.calculators.pruning.checkpoint.exported import as_csv, as_json
from app.calculators.pruning.checkpoint.findings import Findings, by, total
from app.calculators.pruning.checkpoint.layouts import Matrix, matrices
from app.calculators.pruning.checkpoint.opening import opened
from app.calculators.pruning.checkpoint.scanning import counted, done, estimate, sample, task
from app.calculators.pruning.checkpoint.source import drive, files_of
from app.calculators.pruning.checkpoint.verdict import Scan, scan, so_far
from app.calculators.pruning.checkpoint.zero_points import zeros_of
from app.vocabulary.calculator import Invalid

MB = 1_000_000


class PathSource:
    """A file on this machine, under the name it has below what was asked for."""

    def __init__(self, path: Path, name: str) -> None:
        self.name, self.size = name, path.stat().st_size
        self._path = path

    def read(self, offset: int, length: int) -> bytes:
        """Those bytes of it."""
        with self._path.open("rb") as file:
            file.seek(offset)
            return file.read(length)


def sources_of(paths: Sequence[Path]) -> list[PathSource]:
    """The files at some paths, of folders all that lie in them, by their names."""
    found = []
    for path in paths:
        if path.is_file():
            found.append(PathSource(path, path.name))
        elif path.is_dir():
            inside = sorted(each for each in path.rglob("*") if each.is_file())
            found += [PathSource(each, each.relative_to(path).as_posix()) for each in inside]
        else:
            raise Invalid(f"There is no file or folder {path}.")
    return found


def told(every: Sequence[Matrix], sources: Sequence[PathSource], quiet: bool) -> Iterator[tuple[int, Counts]]:
    """The counts of every matrix that can be counted, as they are made; progress is told in bytes."""
    files = files_of(sources)
    places = [at for at, each in enumerate(every) if each.grid is not None and each.weights]
    whole, so_many = sum(every[at].values.bytes for at in places), 0
    for at in places:
        try:
            yield at, drive(counted(files, every[at]), sources)
        except Invalid as invalid:
            print(f"{every[at].name} was not counted. {invalid}", file=sys.stderr)
        before, so_many = so_many, so_many + every[at].values.bytes
        if not quiet and 100 * so_many // whole > 100 * before // whole:
            print(f"\r{so_many / MB:,.0f} of {whole / MB:,.0f} MB", end="", file=sys.stderr, flush=True)
    if not quiet and places:
        print(file=sys.stderr)


def estimated(every: Sequence[Matrix], sources: Sequence[PathSource], megabytes: float, seed: int) -> str:
    """What a sample says."""
    files, found, zeros = files_of(sources), [], {}
    for each in sample(every, int(megabytes * MB), seed):
        matrix = every[each.matrix]
        if each.matrix not in zeros:
            zeros[each.matrix] = drive(zeros_of(files, matrix), sources)
        what = task(matrix, zeros[each.matrix], each.piece)
        found.append((each, done(what, sources[what.where.file].read(what.where.offset, what.where.length))))
    return so_far(estimate(every, found))


def summary(found: Scan) -> str:
    """What was found, as lines of text."""
    findings = found.findings
    lines = [found.verdict.headline, *found.verdict.sentences, ""]
    lines.append(f"{findings.checkpoint.way}: {findings.parameters:,} parameters, {findings.checkpoint.bytes:,} bytes")
    for name, each in by(findings, lambda matrix: matrix.place.role).items():
        share = f"{100 * each.sparsity:6.2f}% zero, 2:4 in {each.fitting} of {each.counted}" if each.counted else ""
        lines.append(f"  {name or 'other':24} {each.matrices:6,} × {each.weights:18,} weights  {share}")
    if found.prunable.groups:
        fitting = f"{100 * found.prunable.fitting_groups / found.prunable.groups:.2f}%"
        lines.append(f"  {fitting} of the groups of four prunable weights have at least two zeros: 2:4 needs all")
    everything = total(findings, range(len(findings.every)))
    lines.append(f"  {'all':24} {everything.matrices:6,} × {everything.weights:18,} weights")
    lines += [
        f"  {each.label:44} {each.bytes:18,.0f} bytes" for each in found.stored if each.matrices or each.key == "dense"
    ]
    return "\n".join([*lines, ""])


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command, and say what was found."""
    parser = argparse.ArgumentParser(prog="scan.py", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file, several, or the folder of a model")
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--json", action="store_true", help="everything as JSON")
    kinds.add_argument("--csv", action="store_true", help="a line for every tensor")
    parser.add_argument("--headers", action="store_true", help="shapes, types and bytes alone: nothing is counted")
    parser.add_argument("--sample", type=float, metavar="MB", help="an estimate from so many megabytes")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    asked = parser.parse_args(arguments)
    try:
        sources = sources_of(asked.paths)
        checkpoint = drive(opened(files_of(sources)), sources)
        every = matrices(checkpoint)
        if asked.sample is not None:
            print(estimated(every, sources, asked.sample, asked.seed))
            return 0
        counts = {} if asked.headers else dict(told(every, sources, asked.quiet))
    except (Invalid, OSError) as invalid:
        print(invalid, file=sys.stderr)
        return 1
    found = scan(Findings(checkpoint, every, counts))
    made = as_json(found) if asked.json else as_csv(found) if asked.csv else summary(found)
    sys.stdout.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
