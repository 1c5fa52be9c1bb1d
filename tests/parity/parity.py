"""Holds a record's network against PyTorch's: the same numbers, whoever computes them.

    parity.py RECORD LOGITS

opens RECORD with safetensors.torch, builds the network out of torch.nn.LSTM and its tensors as they
are named, and compares its logits with those in LOGITS, which the example `logits` of the model wrote
(see there for what is in it). They may differ by 1e-4 at most: PyTorch computes in double precision, so
that the rounding of our single precision is all that there is. (Composing keeps its matrices in half
precision; the example does without that.) Ends with status 1 where they differ.

Needs torch 1.13 or later, numpy, safetensors and packaging; `run` beside it finds or installs them.
"""

import json
import sys

import torch
from safetensors import safe_open
from safetensors.torch import load_file

HEADS = ["step", "part", "pitch", "duration", "velocity"]
TOLERANCE = 1e-4
PRECISION = torch.float64


class Record(torch.nn.Module):
    """A record's network. Its tensors are those of model/src/network/weights.rs."""

    def __init__(self, path):
        super().__init__()
        with safe_open(path, "pt") as file:
            self.sizes = json.loads(file.metadata()["config"])
        self.tensors = {name: tensor.to(PRECISION) for name, tensor in load_file(path).items()}
        # A record whose notes choose no part has no such head.
        self.heads = [head for head in HEADS if f"heads.{head}.table" in self.tensors]
        self.directions = torch.nn.ModuleList(self.lstm(suffix) for suffix in ["", "_reverse"])

    def lstm(self, suffix):
        """A direction: a stack of its own, under the names of torch.nn.LSTM."""
        stack = torch.nn.LSTM(self.sizes["embedding"], self.sizes["hidden"], self.sizes["layers"])
        names = [name for name, _ in stack.named_parameters()]
        stack.load_state_dict({name: self.tensors[f"lstm.{name}{suffix}"] for name in names})
        return stack

    def embed(self, rows):
        """(T, 9) or, with parts, (T, 10) embedding rows to (T, E): the sum of the rows."""
        return self.tensors["embed.weight"][rows.long()].sum(1)

    def forward(self, tune):
        """The logits of every head: (3, T, choices) each."""
        past, _ = self.directions[0](self.embed(tune["forward"]))
        # From the last event to the first, and back into the tune's order.
        come, _ = self.directions[1](self.embed(tune["backward"]).flip(0))
        come = torch.cat([come.flip(0), self.tensors["future.unknown"][None]])
        # -1, nothing known, is the last row.
        come = come[tune["future"].long()]
        states = torch.cat([past.expand_as(come), come], -1)
        return {head: self.head(head, states, tune[f"{head}.rows"]) for head in self.heads}

    def head(self, name, states, rows):
        weights = {part: self.tensors[f"heads.{name}.{part}"]
                   for part in ["context.weight", "table", "output.weight", "output.bias"]}
        inner = states @ weights["context.weight"].T + weights["table"][rows.long()].sum(2)
        return inner.relu() @ weights["output.weight"].T + weights["output.bias"]


def tunes(path):
    """The tensors of each tune."""
    found = {}
    for name, tensor in load_file(path).items():
        number, name = name.split(".", 1)
        found.setdefault(int(number), {})[name] = tensor
    return [found[number] for number in sorted(found)]


def main(record, logits):
    network, worst, compared = Record(record).to(PRECISION), 0.0, 0
    with torch.no_grad():
        for tune in tunes(logits):
            for head, theirs in network(tune).items():
                ours = tune[f"{head}.logits"]
                assert ours.shape == theirs.shape, f"{head}: {ours.shape} and {theirs.shape}"
                worst = max(worst, (ours - theirs).abs().max().item())
                compared += ours.numel()
    print(f"{record}: {compared:,} logits, at most {worst:.1e} from those of PyTorch {torch.__version__}")
    if not compared or not worst <= TOLERANCE:
        sys.exit(f"more than {TOLERANCE:.0e}: the network is not the one that PyTorch computes")


if __name__ == "__main__":
    main(*sys.argv[1:])
