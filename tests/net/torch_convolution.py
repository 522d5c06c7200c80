# SPDX-License-Identifier: BSD-3-Clause
"""Prints torch_convolution.txt: loss and gradients of convolutional networks in float64 by PyTorch's autograd."""
import math
import torch

torch.set_default_dtype(torch.float64)
BATCH, CLASSES = 3, 3
# (name, activation, image, convolutions as (filters, kernel, padding, pool), hidden units); the networks of convolutions.cpp
NETWORKS = [
    ("pooled", torch.tanh, (1, 6, 6), [(3, 3, 1, 2), (2, 2, 0, 1)], [4]),
    ("colour", torch.relu, (2, 5, 7), [(4, 3, 2, 1), (3, 4, 0, 2)], [5]),
    ("pixel", torch.tanh, (1, 1, 1), [(2, 1, 0, 1)], []),
    ("padded", torch.relu, (1, 4, 4), [(3, 5, 2, 2)], []),
]


def parameter(layer, number, size):
    """Row `number` of the parameters of a layer, in thousandths."""
    return [round(math.sin(1 + 7 * layer + 3 * number + 5 * k), 3) / 2 for k in range(size)]


def show(network, what, tensor):
    print(network, what, *(f"{v:.17g}" for v in tensor.flatten().tolist()))


for name, activation, image, convolutions, hidden in NETWORKS:
    X = torch.tensor([[(31 * j + 57 * n) % 256 / 255 for j in range(math.prod(image))] for n in range(BATCH)], requires_grad=True)
    A, layer, parameters = X.reshape(BATCH, *image), 0, []
    for filters, kernel, padding, pool in convolutions:
        taps = A.shape[1] * kernel * kernel
        W = torch.tensor([parameter(layer, f, taps) for f in range(filters)]).reshape(filters, A.shape[1], kernel, kernel)
        b = torch.tensor(parameter(layer, 100, filters))
        parameters.append((W.requires_grad_(), b.requires_grad_()))
        A = activation(torch.nn.functional.conv2d(A, W, b, padding=padding))
        A = torch.nn.functional.max_pool2d(A, pool) if pool > 1 else A
        layer += 1
    A = A.flatten(1)
    for units in [*hidden, CLASSES]:
        W = torch.tensor([parameter(layer, k, A.shape[1]) for k in range(units)])
        b = torch.tensor(parameter(layer, 100, units))
        parameters.append((W.requires_grad_(), b.requires_grad_()))
        A = A @ W.T + b
        layer += 1
        A = A if layer == len(convolutions) + len(hidden) + 1 else activation(A)
    loss = torch.nn.functional.cross_entropy(A, torch.tensor([2, 0, 1]))
    loss.backward()
    show(name, "loss", loss.detach())
    show(name, "logits", A.detach().T)
    show(name, "dX", X.grad.T)
    for number, (W, b) in enumerate(parameters):
        show(name, f"dW{number}", W.grad)
        show(name, f"db{number}", b.grad)
