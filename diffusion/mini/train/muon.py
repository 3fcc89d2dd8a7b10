"""Muon (Jordan, 2024, https://kellerjordan.github.io/posts/muon/): momentum made orthogonal, for weight matrices.

torch.optim.Muon takes two-dimensional weights only and one at a time; here a convolution counts as the matrix of its
output channels, and matrices of one shape are made orthogonal together, which a GPU needs.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

MOMENTUM, WEIGHT_DECAY = 0.95, 0.02


class Muon(torch.optim.Optimizer):
    def __init__(self, parameters: Iterable[nn.Parameter], lr: float):
        super().__init__(parameters, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            alike: dict[torch.Size, list[nn.Parameter]] = {}
            for parameter in group["params"]:
                if parameter.grad is not None:
                    alike.setdefault(parameter.flatten(1).shape, []).append(parameter)
            for parameters in alike.values():
                self.move(parameters, group["lr"])

    def move(self, parameters: list[nn.Parameter], lr: float) -> None:
        updates = torch.stack([self.ahead(parameter) for parameter in parameters])  # (matrices, out, everything else)
        rows, columns = updates.shape[1:]
        for parameter, direction in zip(parameters, orthogonal(updates), strict=True):
            parameter.mul_(1 - lr * WEIGHT_DECAY)
            parameter.add_(direction.view_as(parameter), alpha=-lr * max(1, rows / columns) ** 0.5)

    def ahead(self, parameter: nn.Parameter) -> Tensor:
        """Nesterov's look ahead, (out, everything else)."""
        momentum = self.state[parameter].setdefault("momentum", torch.zeros_like(parameter))
        momentum.mul_(MOMENTUM).add_(parameter.grad)
        return (parameter.grad + MOMENTUM * momentum).flatten(1)


def orthogonal(matrices: Tensor) -> Tensor:
    """(matrices, rows, columns): the nearest with singular values of about 1: five Newton-Schulz steps in bfloat16."""
    tall = matrices.shape[-2] > matrices.shape[-1]
    x = (matrices.mT if tall else matrices).bfloat16().contiguous()
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(5):
        square = x @ x.mT
        curve = torch.baddbmm(square, square, square, beta=-4.7750, alpha=2.0315)
        x = torch.baddbmm(x, curve, x, beta=3.4445)
    return (x.mT if tall else x).float()
