"""NumPy over OpenBLAS: `openblas.py note|matmul [SECONDS]`, on OPENBLAS_NUM_THREADS threads.

`note` computes what composing one note takes, as well as NumPy can: the embedding is folded into the
input weights, so that the first layer sums table rows, and every result goes where there is memory
for it already. See trainer/examples/speed for our side.
"""

import numpy

from timing import EVENT_FIELDS, HEAD_FIELDS, main, median, vocabulary

UNITS, LAYERS, WIDTH, NOTES = 256, 2, 128, 200


def note(seconds):
    """Notes a second, two layers of 256 units."""
    random = numpy.random.default_rng(1)
    numbers = lambda *shape: random.normal(0, 0.06, shape).astype(numpy.float32)
    rows, heads = vocabulary()
    folded = numbers(rows, 4 * UNITS)
    recurrent = [numbers(4 * UNITS, UNITS) for _ in range(LAYERS)]
    inputs = [numbers(4 * UNITS, UNITS) for _ in range(1, LAYERS)]
    biases = [numbers(4 * UNITS) for _ in range(1, LAYERS)]
    context, future = numbers(4 * WIDTH, UNITS), numbers(4 * WIDTH)
    tables = [numbers(rows, WIDTH) for rows, _ in heads]
    outputs = [(numbers(choices, WIDTH), numbers(choices)) for _, choices in heads]
    events = random.integers(rows, size=(NOTES, EVENT_FIELDS))
    head_rows = [random.integers(rows, size=(NOTES, fields))
                 for (rows, _), fields in zip(heads, HEAD_FIELDS)]
    state = numpy.zeros((LAYERS, 2, UNITS), numpy.float32)
    gates, more = numpy.empty((2, 4 * UNITS), numpy.float32)
    contexts, inner = numpy.empty(4 * WIDTH, numpy.float32), numpy.empty(WIDTH, numpy.float32)
    logits = [numpy.empty(choices, numpy.float32) for _, choices in heads]
    # Gates in the order input, forget, output, cell, so that one call makes three sigmoids.
    sigmoids, cell_gate = gates[:3 * UNITS], gates[3 * UNITS:]
    open_, forget, output = sigmoids.reshape(3, UNITS)

    def cell(hidden, cells):
        # 1 / (1 + e^-x) = (1 + tanh(x / 2)) / 2
        numpy.multiply(sigmoids, 0.5, out=sigmoids)
        numpy.tanh(gates, out=gates)
        numpy.add(sigmoids, 1, out=sigmoids)
        numpy.multiply(sigmoids, 0.5, out=sigmoids)
        numpy.multiply(cells, forget, out=cells)
        numpy.multiply(open_, cell_gate, out=open_)
        numpy.add(cells, open_, out=cells)
        numpy.tanh(cells, out=hidden)
        numpy.multiply(hidden, output, out=hidden)

    def work():
        for index in range(NOTES):
            numpy.add.reduce(folded[events[index]], axis=0, out=gates)
            for layer in range(LAYERS):
                hidden, cells = state[layer]
                if layer > 0:
                    numpy.dot(inputs[layer - 1], state[layer - 1, 0], out=gates)
                    numpy.add(gates, biases[layer - 1], out=gates)
                numpy.dot(recurrent[layer], hidden, out=more)
                numpy.add(gates, more, out=gates)
                cell(hidden, cells)
            numpy.dot(context, state[-1, 0], out=contexts)
            numpy.add(contexts, future, out=contexts)
            for head, (weights, bias) in enumerate(outputs):
                numpy.add.reduce(tables[head][head_rows[head][index]], axis=0, out=inner)
                numpy.add(inner, contexts[head * WIDTH:(head + 1) * WIDTH], out=inner)
                numpy.maximum(inner, 0, out=inner)
                numpy.dot(weights, inner, out=logits[head])
                numpy.add(logits[head], bias, out=logits[head])

    return NOTES / median(seconds, work)


def matmul(seconds):
    """Multiplications and additions a second, 10^9."""
    left, right = numpy.ones((8192, 512), numpy.float32), numpy.ones((512, 1024), numpy.float32)
    out = numpy.empty((8192, 1024), numpy.float32)
    return 2 * 8192 * 512 * 1024 / median(seconds, lambda: numpy.matmul(left, right, out=out)) / 1e9


if __name__ == "__main__":
    main({"note": note, "matmul": matmul})
