"""Write torch models as ONNX files that run without torch, a byte a weight."""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

_TABLE = 100_000  # numbers above which a table is worth shrinking
_MATRIX = 4096


def write(model: torch.nn.Module, path: Path) -> None:
    """A model of piece numbers to logits, in full precision."""
    example = torch.tensor([[5, 6, 7, 8], [5, 6, 0, 0], [9, 9, 9, 0]])
    rows, pieces = torch.export.Dim("rows", min=1, max=4096), torch.export.Dim("pieces", min=2, max=256)
    torch.onnx.export(
        model.eval(),
        (example,),
        str(path),
        input_names=["input_ids"],
        output_names=["logits"],
        dynamo=True,
        dynamic_shapes={"input_ids": {0: rows, 1: pieces}},
        external_data=False,
        opset_version=18,
    )
    graph = onnx.load(path)
    del graph.graph.value_info[:]  # shapes that quantisation would take for wrong
    onnx.save(graph, path)


def shrink(path: Path) -> None:
    """Keep weights as bytes and reckon in full precision: small, and the same alone and in a batch."""
    model = onnx.load(path)
    graph = model.graph
    stored = {one.name: one for one in graph.initializer}
    for node in list(graph.node):
        if node.op_type == "Gather" and node.input[0] in stored:
            weights = numpy_helper.to_array(stored[node.input[0]])
            if weights.dtype == np.float32 and weights.size >= _TABLE:
                _shrink_table(graph, node, stored.pop(node.input[0]), weights)
    for name, one in stored.items():
        weights = numpy_helper.to_array(one)
        if weights.dtype == np.float32 and weights.ndim == 2 and weights.size >= _MATRIX:
            scale = np.maximum(np.abs(weights).max(axis=0), 1e-9) / 127
            _store(graph, one, name, np.round(weights / scale), scale)
            back = helper.make_node("DequantizeLinear", [f"{name}_q", f"{name}_s"], [name], axis=1)
            graph.node.insert(0, back)
    onnx.save(model, path)


def _store(
    graph: onnx.GraphProto, old: onnx.TensorProto, name: str, small: np.ndarray, scale: np.ndarray
) -> None:
    graph.initializer.remove(old)
    graph.initializer.append(numpy_helper.from_array(small.astype(np.int8), f"{name}_q"))
    graph.initializer.append(numpy_helper.from_array(scale.astype(np.float32), f"{name}_s"))


def _shrink_table(
    graph: onnx.GraphProto, node: onnx.NodeProto, old: onnx.TensorProto, weights: np.ndarray
) -> None:
    name, numbers, out = node.input[0], node.input[1], node.output[0]
    scale = np.maximum(np.abs(weights).max(axis=1, keepdims=True), 1e-9) / 127
    _store(graph, old, name, np.round(weights / scale), scale)
    place = list(graph.node).index(node)
    graph.node.remove(node)
    steps = [
        helper.make_node("Gather", [f"{name}_q", numbers], [f"{out}_q"], axis=0),
        helper.make_node("Cast", [f"{out}_q"], [f"{out}_f"], to=TensorProto.FLOAT),
        helper.make_node("Gather", [f"{name}_s", numbers], [f"{out}_s"], axis=0),
        helper.make_node("Mul", [f"{out}_f", f"{out}_s"], [out]),
    ]
    for offset, step in enumerate(steps):
        graph.node.insert(place + offset, step)


def quantise(source: Path, target: Path, heads: int) -> None:
    """Bytes for weights and, on the fly, for what flows between them; the last `heads` layers stay exact."""
    layers = [node.name for node in onnx.load(source).graph.node if node.op_type in ("Gemm", "MatMul")]
    quantize_dynamic(
        source,
        target,
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
        nodes_to_exclude=layers[len(layers) - heads :],
    )
