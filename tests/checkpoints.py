"""Checkpoints for tests: files in memory, and on them what each library writes."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import onnx
import safetensors.numpy

from app.calculators.pruning.checkpoint.opening import opened
from app.calculators.pruning.checkpoint.source import drive, files_of
from app.calculators.pruning.checkpoint.tensors import Checkpoint


class Memory:
    """A file in memory that remembers how much of it was read. It may be said to be larger than it is: what is not
    there reads as zeros, as in a sparse file.
    """

    def __init__(self, name: str, content: bytes, size: int | None = None) -> None:
        self.name, self.content = name, content
        self.size = len(content) if size is None else size
        self.read_bytes = 0

    def read(self, offset: int, length: int) -> bytes:
        self.read_bytes += length
        return self.content[offset : offset + length].ljust(length, b"\0")


def open_files(**contents: bytes) -> Checkpoint:
    """The checkpoint in files by name, in which __ stands for a point and `_in_` for a folder's end."""
    return open_all([Memory(name, content) for name, content in contents.items()])


def open_all(sources: list[Memory]) -> Checkpoint:
    return drive(opened(files_of(sources)), sources)


def open_one(name: str, content: bytes) -> Checkpoint:
    return open_all([Memory(name, content)])


def safetensors_of(tensors: dict[str, np.ndarray], metadata: dict[str, str] | None = None) -> bytes:
    return safetensors.numpy.save(tensors, metadata)


def header_of(entries: str | bytes, data: bytes = b"") -> bytes:
    """A safetensors file with any text for a header."""
    text = entries.encode() if isinstance(entries, str) else entries
    return len(text).to_bytes(8, "little") + text + data


def gguf_of(tensors: dict[str, Any], folder: Path, **said: Any) -> bytes:
    """A GGUF file of arrays, or of (raw bytes, type) for quantized ones."""
    path = folder / "made.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    for key, value in said.items():
        name = key.replace("__", ".")
        if isinstance(value, list):
            writer.add_array(name, value)
        elif isinstance(value, str):
            writer.add_string(name, value)
        else:
            writer.add_uint32(name, value)
    for name, value in tensors.items():
        if isinstance(value, tuple):
            writer.add_tensor(name, value[0], raw_dtype=value[1])
        else:
            writer.add_tensor(name, value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path.read_bytes()


def onnx_of(
    initializers: list[onnx.TensorProto], nodes: list[onnx.NodeProto] | None = None, name: str = "graph"
) -> bytes:
    graph = onnx.helper.make_graph(nodes or [], name, [], [], initializer=initializers)
    return onnx.helper.make_model(graph).SerializeToString()


def archive_of(pickle: bytes, storages: dict[str, bytes], compress: int = zipfile.ZIP_STORED) -> bytes:
    """An archive as torch.save writes it, around any pickle."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", compress) as archive:
        archive.writestr("archive/data.pkl", pickle)
        for key, content in storages.items():
            archive.writestr(f"archive/data/{key}", content)
    return held.getvalue()


def state(
    storage: bytes = b"ctorch\nFloatStorage\n",
    offset: int = 0,
    shape: bytes = b"K\x02\x85",
    size: int = 2,
    name: str = "w",
) -> bytes:
    """A pickle of one tensor, by hand: its name, a persistent id, then the call that would build it."""
    called = name.encode()
    persistent = (
        b"(X\x07\x00\x00\x00storage" + storage + b"X\x01\x00\x00\x000X\x03\x00\x00\x00cpuK" + bytes([size]) + b"tQ"
    )
    view = persistent + b"K" + bytes([offset]) + shape + b"K\x01\x85\x89ccollections\nOrderedDict\n)R"
    begun = b"\x80\x02}X" + len(called).to_bytes(4, "little") + called
    return begun + b"ctorch._utils\n_rebuild_tensor_v2\n(" + view + b"tRs."
