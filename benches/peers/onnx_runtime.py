"""onnxruntime: `onnx_runtime.py note [SECONDS]`, on one thread.

Computes what composing one note takes. The graph folds the embedding into the input weights, so that
the first layer sums table rows. It is given the choices before each head, so that one call computes
all heads, which in composing it could not. See trainer/examples/speed for our side.
"""

import numpy
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from timing import EVENT_FIELDS, HEAD_FIELDS, main, median, vocabulary

UNITS, LAYERS, WIDTH, NOTES = 256, 2, 128, 200


class Graph:
    """Collects nodes and weights."""

    def __init__(self):
        self.nodes, self.weights, self.random = [], [], numpy.random.default_rng(1)

    def add(self, kind, *inputs, outputs=1, **attributes):
        names = [f"{kind}{len(self.nodes)}_{index}" for index in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, **attributes))
        return names[0] if outputs == 1 else names

    def constant(self, array):
        name = f"constant{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(array, name))
        return name

    def numbers(self, *shape):
        return self.constant(self.random.normal(0, 0.06, shape).astype(numpy.float32))

    def rows(self, table, selected):
        axes = self.constant(numpy.array([0]))
        return self.add("ReduceSum", self.add("Gather", table, selected), axes, keepdims=1)

    def cell(self, gates, cells):
        sizes = self.constant(numpy.array([3 * UNITS, UNITS]))
        sigmoids, cell_gate = self.add("Split", gates, sizes, outputs=2, axis=1)
        sizes = self.constant(numpy.array([UNITS] * 3))
        sigmoids = self.add("Split", self.add("Sigmoid", sigmoids), sizes, outputs=3, axis=1)
        cells = self.add("Add", self.add("Mul", sigmoids[1], cells),
                         self.add("Mul", sigmoids[0], self.add("Tanh", cell_gate)))
        return self.add("Mul", sigmoids[2], self.add("Tanh", cells)), cells


def session():
    """A step of the network: event and head rows, and the states, to logits and the next states."""
    graph, (rows, heads) = Graph(), vocabulary()
    inputs, outputs = [("event", TensorProto.INT64, [EVENT_FIELDS])], []
    hidden = None
    for layer in range(LAYERS):
        inputs += [(f"{name}{layer}", TensorProto.FLOAT, [1, UNITS]) for name in "hc"]
        if layer == 0:
            gates = graph.rows(graph.numbers(rows, 4 * UNITS), "event")
        else:
            gates = graph.add("Gemm", hidden, graph.numbers(UNITS, 4 * UNITS),
                              graph.numbers(4 * UNITS))
        gates = graph.add("Gemm", f"h{layer}", graph.numbers(UNITS, 4 * UNITS), gates)
        hidden, cells = graph.cell(gates, f"c{layer}")
        outputs += [hidden, cells]
    contexts = graph.add("Gemm", hidden, graph.numbers(UNITS, 4 * WIDTH), graph.numbers(4 * WIDTH))
    contexts = graph.add("Split", contexts, graph.constant(numpy.array([WIDTH] * 4)), outputs=4, axis=1)
    for index, ((rows, choices), fields) in enumerate(zip(heads, HEAD_FIELDS)):
        inputs.append((f"rows{index}", TensorProto.INT64, [fields]))
        inner = graph.add("Add", graph.rows(graph.numbers(rows, WIDTH), f"rows{index}"), contexts[index])
        inner = graph.add("Relu", inner)
        outputs.append(graph.add("Gemm", inner, graph.numbers(WIDTH, choices), graph.numbers(choices)))
    values = [helper.make_tensor_value_info(*value) for value in inputs]
    results = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
    model = helper.make_model(
        helper.make_graph(graph.nodes, "note", values, results, graph.weights),
        opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]), outputs


def note(seconds):
    """Notes a second, two layers of 256 units."""
    network, outputs = session()
    random, (rows, heads) = numpy.random.default_rng(1), vocabulary()
    events = random.integers(rows, size=(NOTES, EVENT_FIELDS))
    head_rows = [random.integers(rows, size=(NOTES, fields))
                 for (rows, _), fields in zip(heads, HEAD_FIELDS)]
    states = [f"{name}{layer}" for layer in range(LAYERS) for name in "hc"]
    given = {name: numpy.zeros((1, UNITS), numpy.float32) for name in states}

    def work():
        for index in range(NOTES):
            given["event"] = events[index]
            for head, selected in enumerate(head_rows):
                given[f"rows{head}"] = selected[index]
            given.update(zip(states, network.run(outputs, given)))

    return NOTES / median(seconds, work)


if __name__ == "__main__":
    main({"note": note})
