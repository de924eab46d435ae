"""Write torch models as ONNX files that run without torch, a byte a weight."""

from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic


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
        dynamic_shapes=({0: rows, 1: pieces},),  # by place: models call what they take by many names
        external_data=False,
        opset_version=18,
    )
    graph = onnx.load(path)
    del graph.graph.value_info[:]  # shapes that quantisation would take for wrong
    onnx.save(graph, path)


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
