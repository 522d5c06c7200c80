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
from espalier.results import Filters, Layer, Results

ENDINGS = (".npz", ".pt")
CHECKED_IMAGES = 64
# Sums of at most a few thousand float32 products in another order; logits are of the order of 10.
TORCH_TOLERANCE = 1e-3


class Network(NamedTuple):
    """Logits of images x in [0, 1] (N x D): (x - mean) / sd, then the layers, with ReLU or tanh between them.

    A layer is W x + b, or a convolution with max pooling behind it.
    """

    weights: list[npt.NDArray[np.float32]]  # outputs x inputs, zeros where there is no link; or of filters, 4-dimensional
    biases: list[npt.NDArray[np.float32]]
    mean: float
    sd: float
    filters: list[Filters | None]  # of each layer that is a convolution
    tanh: bool

    def logits(self, images: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """N x classes, in double precision."""
        x = (np.asarray(images, dtype=float) - self.mean) / self.sd
        for i, (weight, bias, filters) in enumerate(zip(self.weights, self.biases, self.filters, strict=True)):
            if i > 0:
                x = np.tanh(x) if self.tanh else np.maximum(x, 0)
            x = convolved(x, weight, bias, filters) if filters else x @ weight.T.astype(float) + bias
        return np.asarray(x)


def convolved(x: npt.NDArray[Any], weight: npt.NDArray[Any], bias: npt.NDArray[Any], shape: Filters) -> npt.NDArray[Any]:
    """Convolution and max pooling of images (N x D, channel by channel); N x (filters, pooled rows, pooled columns)."""
    border = (shape.padding, shape.padding)
    padded = np.pad(x.reshape(-1, shape.channels, shape.height, shape.width), ((0, 0), (0, 0), border, border))
    windows: npt.NDArray[Any] = np.lib.stride_tricks.sliding_window_view(  # type: ignore[call-overload]
        padded, (shape.kernel, shape.kernel), (2, 3))
    y = np.einsum("ncyxij,fcij->nfyx", windows, weight.astype(float), optimize=True) + bias[:, None, None]
    n, filters, rows, columns = y.shape
    pool = shape.pool
    pooled: npt.NDArray[Any] = y.reshape(n, filters, rows // pool, pool, columns // pool, pool).max((3, 5)).reshape(n, -1)
    return pooled


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
                   float(row["input_sd"]), [layer.filters for layer in layers], layers[0].tanh)


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
    """W1, b1, W2, ... (outputs x inputs; outputs), mean, sd, activation; and of convolutions (filters x channels x kernel x
    kernel; filters) shape1, ...: the numbers of `Filters`."""
    arrays: dict[str, Any] = {"mean": net.mean, "sd": net.sd, "activation": "tanh" if net.tanh else "relu"}
    arrays |= {f"shape{i}": np.array(shape) for i, shape in enumerate(net.filters, 1) if shape}
    for i, (weight, bias) in enumerate(zip(net.weights, net.biases, strict=True), 1):
        arrays |= {f"W{i}": weight, f"b{i}": bias}
    with output.replaced(path) as temporary:
        np.savez_compressed(temporary, **arrays)


def torch_module(torch: Any, net: Network) -> Any:
    """Linear, ReLU, Linear, ... with the weights of the network; takes (x - mean) / sd, N x D. Convolutions come first, as
    Conv2d, activation, MaxPool2d, ..., between Unflatten and Flatten."""
    modules: list[Any] = []
    activation = torch.nn.Tanh if net.tanh else torch.nn.ReLU
    for i, (weight, bias, shape) in enumerate(zip(net.weights, net.biases, net.filters, strict=True)):
        if shape:
            if i == 0:
                modules.append(torch.nn.Unflatten(1, (shape.channels, shape.height, shape.width)))
            linear = torch.nn.Conv2d(shape.channels, shape.filters, shape.kernel, padding=shape.padding)
        else:
            if i > 0 and net.filters[i - 1]:
                modules.append(torch.nn.Flatten())
            linear = torch.nn.Linear(weight.shape[1], weight.shape[0])
        linear.load_state_dict({"weight": torch.from_numpy(weight.copy()), "bias": torch.from_numpy(bias.copy())})
        modules += [linear, activation()]
        if shape and shape.pool > 1:
            modules.append(torch.nn.MaxPool2d(shape.pool))
    return torch.nn.Sequential(*modules[:-1])


def pixels(net: Network) -> int:
    """Inputs of the network."""
    first = net.filters[0]
    return first.channels * first.height * first.width if first else int(net.weights[0].shape[1])


def outputs(shape: Filters) -> int:
    """Units of a convolution behind pooling."""
    rows, columns = (side + 2 * shape.padding + 1 - shape.kernel for side in (shape.height, shape.width))
    return shape.filters * (rows // shape.pool) * (columns // shape.pool)


def write_torch(net: Network, path: Path) -> None:
    """A dict: `state` of a Sequential(Linear, ReLU, ..., Linear), `shape` (units of each layer, pixels first), `mean`, `sd`,
    `activation`, and `filters`, the numbers of `Filters` of each convolution (None for other layers).

    ResultsError where torch is missing, or gives other logits than this package.
    """
    try:
        import torch
    except ImportError:
        raise ResultsError(f"{path}: writing .pt needs torch (Debian's python3-torch); .npz needs nothing") from None
    module = torch_module(torch, net)
    units = [outputs(filters) if filters else bias.size for bias, filters in zip(net.biases, net.filters, strict=True)]
    shape = [pixels(net), *units]
    images = np.random.default_rng(0).random((CHECKED_IMAGES, shape[0]))
    with torch.no_grad():
        theirs = module(torch.from_numpy((images - net.mean) / net.sd).float()).numpy()
    apart = float(np.abs(theirs - net.logits(images)).max())
    if not apart < TORCH_TOLERANCE:
        raise ResultsError(f"{path}: torch's logits differ by {apart:.2g} from this package's: not written")
    with output.replaced(path) as temporary:
        torch.save({"state": module.state_dict(), "shape": shape, "mean": net.mean, "sd": net.sd,
                    "activation": "tanh" if net.tanh else "relu",
                    "filters": [None if filters is None else tuple(filters) for filters in net.filters]}, temporary)


def write_network(results: Results, name: str, out: str | PathLike[str], tail: str | None = None) -> Path:
    """Writes the model with this id or row as .npz or .pt, by the ending; with the retrained tail of this id or row."""
    path = output.checked(out, ENDINGS)
    net = network(results, row_of(results, "models", name), None if tail is None else row_of(results, "tails", tail))
    if path.suffix.lower() == ".npz":
        write_numpy(net, path)
    else:
        write_torch(net, path)
    return path
