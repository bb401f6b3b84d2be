"""Writes the files of torch.save beside this, which tests read where there is no torch:

build/oracle/bin/python tests/unit/calculators/pruning/checkpoint/make_torch_files.py
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

import torch

HERE = Path(__file__).parent / "torch_files"


def main() -> None:
    HERE.mkdir(exist_ok=True)
    torch.manual_seed(0)
    whole = torch.arange(48, dtype=torch.float32).reshape(6, 8)
    embedding = torch.randn(5, 4).to(torch.bfloat16)
    embedding[1] = 0
    state = OrderedDict(
        {
            "model.embed_tokens.weight": embedding,
            "lm_head.weight": embedding,
            "layers.0.half": torch.tensor([[0.0, -0.0, 1.5], [2.0, 0.0, 3.0]], dtype=torch.float16),
            "layers.0.slice": whole[2:4],
            "layers.0.turned": whole.t(),
            "layers.0.column": whole[:, 3],
            "layers.0.parameter": torch.nn.Parameter(torch.ones(3, 2, dtype=torch.float64)),
            "layers.0.fp8": torch.tensor([0.0, -0.0, 1.0, 2.0]).to(torch.float8_e4m3fn),
            "steps": torch.tensor(7),
            "empty": torch.zeros(0, 4),
        }
    )
    torch.save(state, HERE / "state.pt")
    training = {"epoch": 3, "state_dict": {"w": torch.eye(4)}, "optimizer": {"state": {0: {"m": torch.zeros(4, 4)}}}}
    torch.save(training, HERE / "training.ckpt")
    torch.save(state, HERE / "before_1_6.pt", _use_new_zipfile_serialization=False)
    torch.save(torch.nn.Linear(2, 2), HERE / "module.pt")


if __name__ == "__main__":
    main()
