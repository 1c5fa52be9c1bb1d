"""PyTorch: `pytorch.py layer|step|matmul [SECONDS]`, on as many threads as OMP_NUM_THREADS says.

See trainer/examples/speed for what each prints, and for our side of it.
"""

import torch
from torch import nn

from timing import EVENT_FIELDS, HEAD_FIELDS, main, median, vocabulary

UNITS, LANES, STEPS, WIDTH = 256, 64, 128, 128


def layer(seconds):
    """A BiLSTM layer forward and back, with the gradients of inputs and weights."""
    lstm = nn.LSTM(UNITS, UNITS, bidirectional=True)
    x = torch.randn(STEPS, LANES, UNITS, requires_grad=True)

    def work():
        lstm.zero_grad()
        x.grad = None
        lstm(x)[0].sum().backward()

    return LANES * STEPS / median(seconds, work)


class Network(nn.Module):
    """Our network where no future is known. What the heads read of it is a bias then."""

    def __init__(self):
        super().__init__()
        rows, heads = vocabulary()
        self.embedding = nn.EmbeddingBag(rows, UNITS, mode="sum")
        self.lstm = nn.LSTM(UNITS, UNITS)
        self.context = nn.Linear(UNITS, 4 * WIDTH)
        self.tables = nn.ModuleList(nn.EmbeddingBag(rows, WIDTH, mode="sum") for rows, _ in heads)
        self.outputs = nn.ModuleList(nn.Linear(WIDTH, choices) for _, choices in heads)

    def forward(self, rows, head_rows, targets, state):
        # Dropout whose choice holds for the whole batch.
        mask = lambda: nn.functional.dropout(torch.ones(1, LANES, UNITS), 0.2)
        x = self.embedding(rows).view(STEPS, LANES, UNITS) * mask()
        x, state = self.lstm(x, state)
        contexts = self.context((x * mask()).view(STEPS * LANES, UNITS)).chunk(4, 1)
        heads = zip(contexts, self.tables, self.outputs, head_rows, targets)
        losses = [nn.functional.cross_entropy(output((context + table(rows)).relu()), target)
                  for context, table, output, rows, target in heads]
        return sum(losses), [it.detach() for it in state]


def step(seconds):
    """A whole step of training: loss, gradients, clipping, AdamW."""
    network = Network()
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, betas=(0.9, 0.99), fused=True)
    rows, heads = vocabulary()
    count = STEPS * LANES
    chosen = torch.randint(rows, (count, EVENT_FIELDS))
    head_rows = [torch.randint(rows, (count, fields))
                 for (rows, _), fields in zip(heads, HEAD_FIELDS)]
    targets = [torch.randint(choices, (count,)) for _, choices in heads]
    state = [torch.zeros(1, LANES, UNITS)] * 2

    def work():
        nonlocal state
        optimizer.zero_grad()
        loss, state = network(chosen, head_rows, targets, state)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        loss.item()

    return count / median(seconds, work)


def matmul(seconds):
    """Multiplications and additions a second, 10^9."""
    left, right = torch.randn(8192, 512), torch.randn(512, 1024)
    out = torch.empty(8192, 1024)
    return 2 * 8192 * 512 * 1024 / median(seconds, lambda: torch.mm(left, right, out=out)) / 1e9


if __name__ == "__main__":
    main({"layer": layer, "step": step, "matmul": matmul})
