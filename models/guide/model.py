"""The guide's network: a small llama in PyTorch, computed exactly as llama.cpp computes it."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network. Width and feed-forward width are multiples of 32, as Q8_0 blocks ask."""

    vocabulary: int
    width: int = 192
    layers: int = 4
    heads: int = 6
    feed_forward: int = 512
    choices: int = 896  # the feed-forward width of the block that chooses
    context: int = 2048
    rope_base: float = 10_000.0
    norm_epsilon: float = 1e-5


def rotation(shape: Shape) -> Tensor:
    """The rotary positions as complex numbers of length one, (context, 1, head width / 2)."""
    half = shape.width // shape.heads // 2
    speed = shape.rope_base ** (-torch.arange(half, dtype=torch.float64) / half)
    angle = torch.arange(shape.context, dtype=torch.float64)[:, None] * speed[None, :]
    return torch.polar(torch.ones_like(angle), angle).to(torch.complex64)[:, None, :]


def rotate(x: Tensor, turns: Tensor) -> Tensor:
    """Rotate neighbouring dimensions (0,1), (2,3), … as llama.cpp's `llama` architecture does.

    `x` is (batch, length, heads, head width); `turns` is (length, 1, head width / 2).
    """
    return torch.view_as_real(torch.view_as_complex(x.unflatten(-1, (-1, 2))) * turns).flatten(-2)


class Block(nn.Module):
    """Attention and a gated feed-forward, each behind a norm and added to the stream."""

    def __init__(self, shape: Shape, feed_forward: int) -> None:
        super().__init__()
        width = shape.width
        self.heads = shape.heads
        self.attn_norm = nn.RMSNorm(width, shape.norm_epsilon)
        self.attn_qkv = nn.Linear(width, 3 * width, bias=False)
        self.attn_output = nn.Linear(width, width, bias=False)
        self.ffn_norm = nn.RMSNorm(width, shape.norm_epsilon)
        self.ffn_gate = nn.Linear(width, feed_forward, bias=False)
        self.ffn_up = nn.Linear(width, feed_forward, bias=False)
        self.ffn_down = nn.Linear(feed_forward, width, bias=False)

    def forward(self, x: Tensor, turns: Tensor, wanted: Tensor | None) -> tuple[Tensor, Tensor]:
        """The stream after this block, only at the places `wanted` where the last block needs no others, and its gates."""
        batch, length, width = x.shape
        qkv = self.attn_qkv(self.attn_norm(x)).view(batch, length, 3 * self.heads, -1)
        turned, v = qkv.split((2 * self.heads, self.heads), 2)
        q, k = rotate(turned, turns).transpose(1, 2).chunk(2, 1)
        mixed = F.scaled_dot_product_attention(q, k, v.transpose(1, 2), is_causal=True)
        mixed = mixed.transpose(1, 2).reshape(batch, length, width)
        if wanted is not None:
            x, mixed = x[wanted], mixed[wanted]
        x = x + self.attn_output(mixed)
        normed = self.ffn_norm(x)
        gates = self.ffn_gate(normed)
        return x + self.ffn_down(F.silu(gates) * self.ffn_up(normed)), gates


class Guide(nn.Module):
    """The whole network. Its embeddings are not those that it speaks with: those bring words together that ask for the
    same, and these tell apart how answers begin.

    The gates of its second block are the answers: each opens for one of them, in both languages, and the blocks behind
    it spell what came through. So what is said is what was chosen, also for a question in words that were never asked.
    """

    CHOOSING = 1  # the number of the block that chooses

    turns: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.token_embd = nn.Embedding(shape.vocabulary, shape.width)
        widths = [shape.choices if number == self.CHOOSING else shape.feed_forward for number in range(shape.layers)]
        self.blocks = nn.ModuleList(Block(shape, width) for width in widths)
        self.output_norm = nn.RMSNorm(shape.width, shape.norm_epsilon)
        self.output = nn.Linear(shape.width, shape.vocabulary, bias=False)
        self.register_buffer("turns", rotation(shape), persistent=False)
        for name, weights in self.named_parameters():
            if weights.dim() == 2:
                ends_branch = name.endswith(("attn_output.weight", "ffn_down.weight"))
                nn.init.normal_(weights, std=0.02 / (2 * shape.layers) ** 0.5 if ends_branch else 0.02)

    @property
    def choosing(self) -> Block:
        """The block whose gates are the answers."""
        block = self.blocks[self.CHOOSING]
        assert isinstance(block, Block)
        return block

    @torch.no_grad()
    def gather_words(self) -> None:
        """Let the first block begin by averaging the embeddings of about the last thirty tokens.

        Every embedding gets the same share of its length in dimension 0. Queries and keys of the first block read
        nothing else, in pairs of dimensions that turn slowly, so that they agree less the further they are apart (by
        3.4 after 30 tokens); values and output pass the other dimensions on as they are.
        """
        shape, block = self.shape, self.blocks[0]
        assert isinstance(block, Block)
        words = self.token_embd.weight
        words[:, 0] = 0
        words[:, 0] = 0.5 * words.norm(dim=1)
        share = (shape.width * 0.5**2 / (1 + 0.5**2)) ** 0.5  # of dimension 0, behind the norm
        head = shape.width // shape.heads
        q, k, v = block.attn_qkv.weight.chunk(3)
        turning = torch.arange(shape.width) % head
        slow = (turning % 2 == 0) & (turning >= head * 5 // 16) & (turning < head * 12 // 16)
        q[slow, 0] = k[slow, 0] = (2 * head**0.5) ** 0.5 / share
        v.copy_(torch.eye(shape.width))
        v[0, 0] = 0
        block.attn_output.weight.copy_(torch.eye(shape.width))
        # What the choice has learned opens its gates, and each lets a direction of its own through.
        chooses = self.choosing
        chooses.ffn_gate.weight[:, 0] = 0
        chooses.ffn_up.weight.copy_(chooses.ffn_gate.weight / 4)
        nn.init.normal_(chooses.ffn_down.weight, std=0.1)

    def forward(self, ids: Tensor, wanted: Tensor) -> Tensor:
        """The stream at the places where `wanted` is true, (places, width); `ids` and `wanted` are (batch, length)."""
        return self.followed(ids, wanted)[0]

    def followed(self, ids: Tensor, wanted: Tensor) -> tuple[Tensor, list[Tensor]]:
        """The stream at its end; what it was there behind the first block, and the gates of the one that chooses."""
        turns = self.turns[: ids.shape[1]]
        x = self.token_embd(ids)
        before = []
        for number, block in enumerate(self.blocks):
            x, gates = block(x, turns, wanted if block is self.blocks[-1] else None)
            if number == 0:
                before.append(x[wanted])
            elif number == self.CHOOSING:
                before.append(gates[wanted])
        return self.output_norm(x), before

    def logits(self, stream: Tensor) -> Tensor:
        """What may come next, (places, vocabulary)."""
        return self.output(stream)  # type: ignore[no-any-return]  # PyTorch declares no result types of modules

    def tensors(self) -> dict[str, Tensor]:
        """The weights under the names that a GGUF file of this architecture uses."""
        result = {
            "token_embd.weight": self.token_embd.weight,
            "output_norm.weight": self.output_norm.weight,
            "output.weight": self.output.weight,
        }
        widest = max(self.shape.feed_forward, self.shape.choices)
        for number, block in enumerate(self.blocks):
            assert isinstance(block, Block)
            q, k, v = block.attn_qkv.weight.chunk(3)
            gate, up, down = (part.weight for part in (block.ffn_gate, block.ffn_up, block.ffn_down))
            named = {
                "attn_norm": block.attn_norm.weight,
                "attn_q": q,
                "attn_k": k,
                "attn_v": v,
                "attn_output": block.attn_output.weight,
                "ffn_norm": block.ffn_norm.weight,
                # llama.cpp wants all blocks alike: units that do nothing make up what is missing.
                "ffn_gate": F.pad(gate, (0, 0, 0, widest - len(gate))),
                "ffn_up": F.pad(up, (0, 0, 0, widest - len(up))),
                "ffn_down": F.pad(down, (0, widest - down.shape[1])),
            }
            result |= {f"blk.{number}.{name}.weight": weights for name, weights in named.items()}
        return {name: weights.detach() for name, weights in result.items()}
