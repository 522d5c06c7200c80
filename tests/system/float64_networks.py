# SPDX-License-Identifier: BSD-3-Clause
"""Exported networks in double precision, written again from their definition: in numpy with gradients by hand, and by torch's
autograd. Images are N x D in [0, 1], channel by channel."""

import importlib
import importlib.util
from pathlib import Path
from typing import Any, Protocol

import numpy as np

Array = np.ndarray[Any, Any]
HAS_TORCH = importlib.util.find_spec("torch") is not None


class Reference(Protocol):
    def logits(self, images: Array) -> Array: ...

    def gradient(self, images: Array, labels: Array) -> Array:
        """Of each image's cross-entropy by its pixels, N x D."""


def correlated(x: Array, weight: Array, padding: int) -> Array:
    """sum x[n, c, y+i, x+j] weight[f, c, i, j] of images (n, c, h, w) in a border of zeros."""
    kernel = weight.shape[2]
    border = (padding, padding)
    windows: Array = np.lib.stride_tricks.sliding_window_view(  # type: ignore[call-overload]
        np.pad(x, ((0, 0), (0, 0), border, border)), (kernel, kernel), (2, 3))
    out: Array = np.tensordot(windows, weight, axes=((1, 4, 5), (1, 2, 3))).transpose(0, 3, 1, 2)
    return out


class Numpy:
    """Of an .npz file of `espalier export-model`: convolutions, then fully connected layers, tanh between them."""

    def __init__(self, file: Path) -> None:
        with np.load(file) as arrays:
            if arrays["activation"] != "tanh":
                raise ValueError(f"{file}: its activation function is {arrays['activation']}, allowed is tanh")
            self.arrays = {name: arrays[name].astype(float) for name in arrays if name != "activation"}
        self.layers = sum(name.startswith("W") for name in self.arrays)

    def forward(self, images: Array, first: int = 1, last: int | None = None) -> list[Array]:
        """Inputs of layer `first` as they are, then the outputs of the layers first .. last: behind activation and pooling."""
        kept = [(images - self.arrays["mean"]) / self.arrays["sd"] if first == 1 else images]
        for i in range(first, (last or self.layers) + 1):
            kept.append(self.layer(i, kept[-1])[0])
        return kept

    def layer(self, i: int, x: Array) -> tuple[Array, Array]:
        """Output of layer i (N x units), and what comes before its pooling."""
        weight, bias = self.arrays[f"W{i}"], self.arrays[f"b{i}"]
        if f"shape{i}" not in self.arrays:
            z = x @ weight.T + bias
            return (z if i == self.layers else np.tanh(z)), z
        _, channels, height, width, _, padding, pool = self.arrays[f"shape{i}"].astype(int)
        a = np.tanh(correlated(x.reshape(-1, channels, height, width), weight, padding) + bias[:, None, None])
        n, filters, rows, columns = a.shape
        pooled = a.reshape(n, filters, rows // pool, pool, columns // pool, pool).max((3, 5))
        return pooled.reshape(n, -1), a

    def logits(self, images: Array) -> Array:
        return self.forward(images)[-1]

    def gradient(self, images: Array, labels: Array) -> Array:
        kept = self.forward(images)
        share = np.exp(kept[-1] - kept[-1].max(1, keepdims=True))
        g = share / share.sum(1, keepdims=True) - np.eye(share.shape[1])[labels]
        for i in range(self.layers, 0, -1):
            g = self.backward(i, kept[i - 1], kept[i], g)
        return np.asarray(g / self.arrays["sd"])

    def backward(self, i: int, x: Array, out: Array, g: Array) -> Array:
        """Gradient by the inputs x of layer i, from that by its outputs."""
        weight = self.arrays[f"W{i}"]
        if f"shape{i}" not in self.arrays:
            return np.asarray((g if i == self.layers else g * (1 - out**2)) @ weight)
        kernel, padding, pool = self.arrays[f"shape{i}"].astype(int)[4:]
        a = self.layer(i, x)[1]
        n, filters, rows, columns = a.shape
        blocks = (n, filters, rows // pool, 1, columns // pool, 1)
        split = a.reshape(n, filters, rows // pool, pool, columns // pool, pool)
        at_largest = np.where(split == out.reshape(blocks), g.reshape(blocks), 0).reshape(a.shape)  # no ties in double precision
        turned = weight[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
        return correlated(at_largest * (1 - a**2), turned, kernel - 1 - padding).reshape(n, -1)


class Torch:
    """Of a .pt file of `espalier export-model`."""

    def __init__(self, file: Path) -> None:
        self.torch: Any = importlib.import_module("torch")
        self.saved = self.torch.load(file)
        state = list(self.saved["state"].values())
        self.layers = [(w.double(), b.double()) for w, b in zip(state[::2], state[1::2], strict=True)]

    def answer(self, images: Any) -> Any:
        x = (images - self.saved["mean"]) / self.saved["sd"]
        for i, ((weight, bias), filters) in enumerate(zip(self.layers, self.saved["filters"], strict=True)):
            if filters is None:
                x = x.flatten(1) @ weight.T + bias
            else:
                _, channels, height, width, _, padding, pool = filters
                x = self.torch.nn.functional.conv2d(x.reshape(-1, channels, height, width), weight, bias, padding=padding)
            if i + 1 < len(self.layers):
                x = self.torch.tanh(x)
            if filters is not None and pool > 1:
                x = self.torch.nn.functional.max_pool2d(x, pool)
        return x

    def logits(self, images: Array) -> Array:
        return np.asarray(self.answer(self.torch.tensor(images)).numpy())

    def gradient(self, images: Array, labels: Array) -> Array:
        x = self.torch.tensor(images, requires_grad=True)
        loss = self.torch.nn.functional.cross_entropy(self.answer(x), self.torch.tensor(labels.astype(int)), reduction="sum")
        return np.asarray(self.torch.autograd.grad(loss, x)[0].numpy())
