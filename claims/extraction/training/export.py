"""A trained network becomes a model folder: two int8 ONNX graphs, the tokenizer and a manifest."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers import optimizer
from onnxruntime.transformers.fusion_options import FusionOptions

from claims.extraction.encoder import ARGUMENTS, ENCODER, MANIFEST, TOKENIZER
from claims.extraction.training.network import Network

_OPSET = 17


def export(network: Network, tokenizer: Path, out: Path) -> None:
    """Writes both graphs and the tokenizer into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    network = network.float().eval()
    network.encoder.base.config._attn_implementation = "eager"
    shape = network.shape
    rows, pieces, words = 2, 12, 8
    whole = torch.ones(rows, pieces, dtype=torch.long)
    first_inputs = (whole, whole, torch.zeros_like(whole), torch.ones(rows, words, dtype=torch.long))
    ones = torch.ones(rows, words, dtype=torch.long)
    second_inputs = (torch.zeros(rows, words, shape.narrow), ones, ones, torch.full((rows, words), 0.1), ones)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(), _quiet():
        warnings.simplefilter("ignore")
        plain, fused = Path(folder) / "plain.onnx", Path(folder) / "fused.onnx"
        names = ["ids", "mask", "features", "first"]
        axes = {name: {0: "windows", 1: "pieces"} for name in names[:3]} | {
            name: {0: "windows", 1: "words"} for name in ("first", "words", "tags")
        }
        _graph(network.encoder, first_inputs, plain, names, ["words", "tags"], axes)
        fusions = FusionOptions("bert")
        # The fused operator is not vectorised on the CPU: ten times the time of an addition and a LayerNormalization.
        fusions.enable_skip_layer_norm = fusions.enable_bias_skip_layer_norm = False
        model = optimizer.optimize_model(
            str(plain),
            model_type="bert",
            num_heads=network.encoder.base.config.num_attention_heads,
            hidden_size=shape.width,
            opt_level=0,
            optimization_options=fusions,
        )
        model.save_model_to_file(str(fused))
        _quantized(fused, out / ENCODER)
        names = ["words", "places", "drafts", "inside", "mask"]
        axes = {name: {0: "cues", 1: "words"} for name in [*names, "roles"]} | {
            name: {0: "cues"} for name in ("real", "stances")
        }
        _graph(network.arguments, second_inputs, plain, names, ["roles", "real", "stances"], axes)
        _quantized(plain, out / ARGUMENTS)
    shutil.copyfile(tokenizer, out / TOKENIZER)


@contextmanager
def _quiet() -> Iterator[None]:
    """The quantiser says for each tensor what it leaves alone."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def _graph(
    module: torch.nn.Module,
    inputs: tuple[torch.Tensor, ...],
    path: Path,
    names: list[str],
    outputs: list[str],
    axes: Any,
) -> None:
    torch.onnx.export(
        module,
        inputs,
        str(path),
        input_names=names,
        output_names=outputs,
        dynamic_axes=axes,
        opset_version=_OPSET,
        dynamo=False,
    )


def _quantized(source: Path, target: Path) -> None:
    quantize_dynamic(
        str(source),
        str(target),
        weight_type=QuantType.QInt8,
        extra_options={"MatMulConstBOnly": True, "DefaultTensorType": onnx.TensorProto.FLOAT},
    )


def write_manifest(folder: Path, told: dict[str, Any]) -> None:
    """`told` with the checksums of the folder's files. The version is the first letters of the weights' checksum, so
    that two trainings never share one."""
    files = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in (ENCODER, ARGUMENTS, TOKENIZER)}
    version = f"1.{hashlib.sha256(''.join(sorted(files.values())).encode()).hexdigest()[:8]}"
    text = json.dumps({"version": version, **told, "files": files}, indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", "utf-8")
