"""Muon (Jordan, 2024, https://kellerjordan.github.io/posts/muon/): momentum made orthogonal, for weight matrices.

torch.optim.Muon takes two-dimensional weights only; here a convolution counts as the matrix of its output channels.
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
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self.move(parameter, group["lr"])

    def move(self, parameter: nn.Parameter, lr: float) -> None:
        state = self.state[parameter]
        momentum = state.setdefault("momentum", torch.zeros_like(parameter))
        momentum.mul_(MOMENTUM).add_(parameter.grad)
        update = (parameter.grad + MOMENTUM * momentum).flatten(1)  # (out, everything else), Nesterov's look ahead
        rows, columns = update.shape
        parameter.mul_(1 - lr * WEIGHT_DECAY)
        parameter.add_(orthogonal(update).view_as(parameter), alpha=-lr * max(1, rows / columns) ** 0.5)


def orthogonal(matrix: Tensor) -> Tensor:
    """The nearest matrix with singular values of about 1: five Newton-Schulz steps in bfloat16."""
    x = matrix.bfloat16()
    x = x / (x.norm() + 1e-7)
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    for _ in range(5):
        square = x @ x.T
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return (x.T if tall else x).float()
