# SPDX-License-Identifier: BSD-3-Clause
"""A trained network out of a results file: as arrays, and as the state of a torch module."""

from __future__ import annotations

import itertools
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from espalier import output
from espalier.errors import ResultsError
from espalier.results import Layer, Results

ENDINGS = (".npz", ".pt")
CHECKED_IMAGES = 64
# Sums of at most a few thousand float32 products in another order; logits are of the order of 10.
TORCH_TOLERANCE = 1e-3


class Network(NamedTuple):
    """Logits of images x in [0, 1] (N x D): (x - mean) / sd, then W x + b in each layer, with ReLU between the layers."""

    weights: list[npt.NDArray[np.float32]]  # outputs x inputs, zeros where there is no link
    biases: list[npt.NDArray[np.float32]]
    mean: float
    sd: float

    def logits(self, images: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """N x classes, in double precision."""
        x = (np.asarray(images, dtype=float) - self.mean) / self.sd
        for i, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            x = (x if i == 0 else np.maximum(x, 0)) @ weight.T.astype(float) + bias
        return np.asarray(x)


def dense(layer: Layer) -> npt.NDArray[np.float32]:
    """The weights of a layer as outputs x inputs."""
    if layer.start is None or layer.target is None:
        return layer.weight
    weight = np.zeros((layer.outputs, layer.inputs), np.float32)
    weight[layer.target, np.repeat(np.arange(layer.inputs), np.diff(layer.start))] = layer.weight
    return weight


def network(results: Results, model: int, tail: int | None = None) -> Network:
    """The trained network of a row of `models`; its layers above the noise are those of a row of `tails`, where one is given."""
    layers = results.layers(model, tail)
    row = results.models.loc[model]
    fits = all(below.outputs == above.inputs for below, above in itertools.pairwise(layers))
    if not layers or not fits or not {"input_mean", "input_sd"} <= set(row.index) or not row["input_sd"] > 0:
        raise ResultsError(f"{results.path}: is damaged: the layers of model {model} do not make a network")
    return Network([dense(layer) for layer in layers], [layer.bias for layer in layers], float(row["input_mean"]),
                   float(row["input_sd"]))


def row_of(results: Results, table: str, name: str) -> int:
    """Row of the model or tail with this id, or with this row number."""
    rows = getattr(results, table)
    what = table.removesuffix("s")
    if rows.empty:
        raise ResultsError(f"{results.path}: has no {table}")
    ids = rows["id"].astype(str) if "id" in rows else rows.index.astype(str).to_series(index=rows.index)
    if name in set(ids):
        return int(ids.index[ids == name][0])
    if name.isdecimal() and int(name) < len(ids):
        return int(name)
    known = f"a row number from 0 to {len(ids) - 1}, or an id like {ids[0]}"
    raise ResultsError(f"{results.path}: has no {what} '{name}'; give {known}")


def write_numpy(net: Network, path: Path) -> None:
    """W1, b1, W2, ... (outputs x inputs; outputs), mean, sd."""
    arrays: dict[str, Any] = {"mean": net.mean, "sd": net.sd}
    for i, (weight, bias) in enumerate(zip(net.weights, net.biases, strict=True), 1):
        arrays |= {f"W{i}": weight, f"b{i}": bias}
    with output.replaced(path) as temporary:
        np.savez_compressed(temporary, **arrays)


def torch_module(torch: Any, net: Network) -> Any:
    """Linear, ReLU, Linear, ... with the weights of the network; takes (x - mean) / sd."""
    modules: list[Any] = []
    for weight, bias in zip(net.weights, net.biases, strict=True):
        linear = torch.nn.Linear(weight.shape[1], weight.shape[0])
        linear.load_state_dict({"weight": torch.from_numpy(weight.copy()), "bias": torch.from_numpy(bias.copy())})
        modules += [linear, torch.nn.ReLU()]
    return torch.nn.Sequential(*modules[:-1])


def write_torch(net: Network, path: Path) -> None:
    """A dict: `state` of a Sequential(Linear, ReLU, ..., Linear), `shape` (units of each layer, pixels first), `mean`, `sd`.

    ResultsError where torch is missing, or gives other logits than this package.
    """
    try:
        import torch
    except ImportError:
        raise ResultsError(f"{path}: writing .pt needs torch (Debian's python3-torch); .npz needs nothing") from None
    module = torch_module(torch, net)
    images = np.random.default_rng(0).random((CHECKED_IMAGES, net.weights[0].shape[1]))
    with torch.no_grad():
        theirs = module(torch.from_numpy((images - net.mean) / net.sd).float()).numpy()
    apart = float(np.abs(theirs - net.logits(images)).max())
    if not apart < TORCH_TOLERANCE:
        raise ResultsError(f"{path}: torch's logits differ by {apart:.2g} from this package's: not written")
    shape = [net.weights[0].shape[1], *(weight.shape[0] for weight in net.weights)]
    with output.replaced(path) as temporary:
        torch.save({"state": module.state_dict(), "shape": shape, "mean": net.mean, "sd": net.sd}, temporary)


def write_network(results: Results, name: str, out: str | PathLike[str], tail: str | None = None) -> Path:
    """Writes the model with this id or row as .npz or .pt, by the ending; with the retrained tail of this id or row."""
    path = output.checked(out, ENDINGS)
    net = network(results, row_of(results, "models", name), None if tail is None else row_of(results, "tails", tail))
    if path.suffix.lower() == ".npz":
        write_numpy(net, path)
    else:
        write_torch(net, path)
    return path
