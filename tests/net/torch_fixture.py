# SPDX-License-Identifier: BSD-3-Clause
"""Prints the numbers in torch_fixture.hpp: loss and gradients of a small network in float64 by PyTorch's autograd."""
import math
import torch

torch.set_default_dtype(torch.float64)
SIZES, BATCH = [6, 5, 4, 3], 3
live = lambda l, i, j: l == 2 or (3 * i + 2 * j + l) % 4 != 0  # the last layer is dense
W = [torch.tensor([[round(math.sin(1 + 7 * l + 3 * i + 5 * j), 3) * live(l, i, j) for j in range(SIZES[l])]
                   for i in range(SIZES[l + 1])], requires_grad=True) for l in range(3)]
b = [torch.tensor([round(math.cos(2 + l + i), 3) / 4 for i in range(SIZES[l + 1])], requires_grad=True) for l in range(3)]
X = torch.tensor([[(31 * j + 57 * n) % 256 / 255 for n in range(BATCH)] for j in range(SIZES[0])], requires_grad=True)
y = torch.tensor([2, 0, 1])

A = X
for l in range(3):
    A = W[l] @ A + b[l][:, None]
    if l < 2:
        A = torch.relu(A)
loss = torch.nn.functional.cross_entropy(A.T, y)
loss.backward()


def show(name, values):
    print(f"inline const std::vector<double> {name}{{{', '.join(f'{v:.17g}' for v in values)}}};")


print(f"inline constexpr double loss = {loss.item():.17g};")
show("logits", A.detach().flatten().tolist())
show("dX", X.grad.flatten().tolist())
for l in range(3):
    mask = [[live(l, i, j) for j in range(SIZES[l])] for i in range(SIZES[l + 1])]
    show(f"dW{l}", (W[l].grad * torch.tensor(mask)).flatten().tolist())
    show(f"db{l}", b[l].grad.tolist())
