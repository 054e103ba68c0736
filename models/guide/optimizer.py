"""Muon for the matrices, AdamW for the rest.

After Jordan et al., "Muon: an optimizer for hidden layers in neural networks" (2024): the momentum of a matrix is
made orthogonal by a few Newton-Schulz steps. Written here in float32, because PyTorch's own computes in
bfloat16, which processors without AVX-512 do very slowly.
"""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

Spread = Callable[[Callable[[Tensor], Tensor], Iterable[Tensor]], Iterable[Tensor]]

COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of the quintic, as published
ROUNDS = 5


@torch.no_grad()
def orthogonal(matrix: Tensor) -> Tensor:
    """Nearly the orthogonal matrix that is nearest to `matrix`, (rows, columns).

    Every round multiplies from the left with a polynomial of the small square matrix x xᵀ. These polynomials
    commute, so they are gathered in the small matrix and meet the large one only once.
    """
    a, b, c = COEFFICIENTS
    wide = matrix.shape[0] <= matrix.shape[1]
    x = matrix if wide else matrix.T
    x = x / (x.norm() + 1e-7)
    square = x @ x.T
    gathered = torch.eye(len(square))
    for _ in range(ROUNDS):
        factor = torch.addmm(square, square, square, beta=b, alpha=c)
        factor.diagonal().add_(a)
        gathered = factor @ gathered
        square = factor @ square @ factor
    x = gathered @ x
    return x if wide else x.T


class Muon(torch.optim.Optimizer):
    """Steps of equal size in every direction of a matrix; `spread` maps a function over matrices, in parallel if it can."""

    def __init__(self, matrices: Iterable[nn.Parameter], rate: float, spread: Spread = map) -> None:
        super().__init__(list(matrices), {"lr": rate, "momentum": 0.95, "decay": 0.1})
        self.spread = spread

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]  # nothing here needs a closure
        for group in self.param_groups:
            ahead = []
            for weights in group["params"]:
                moving = self.state[weights].setdefault("momentum", torch.zeros_like(weights))
                moving.lerp_(weights.grad, 1 - group["momentum"])
                ahead.append(weights.grad.lerp(moving, group["momentum"]))
            for weights, update in zip(group["params"], self.spread(orthogonal, ahead), strict=True):
                # 0.2 √max(rows, columns) gives steps as large as AdamW's, so that both take the same rate.
                scale = 0.2 * max(weights.shape) ** 0.5
                weights.mul_(1 - group["lr"] * group["decay"])
                weights.add_(update, alpha=-group["lr"] * scale)
