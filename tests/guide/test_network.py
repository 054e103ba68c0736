"""The network and its optimizer, where PyTorch is installed (`pip install --group guide`)."""

import random

import pytest

torch = pytest.importorskip("torch")
model = pytest.importorskip("model")
optimizer = pytest.importorskip("optimizer")

SMALL = model.Shape(vocabulary=64, width=32, layers=3, heads=2, feed_forward=64, choices=96, context=32)


def test_neighbouring_dimensions_are_turned_by_the_position() -> None:
    turns = model.rotation(SMALL)
    x = torch.randn(2, 7, 4, 16)
    turned = model.rotate(x, turns[:7])
    half = SMALL.width // SMALL.heads // 2
    for place in (0, 1, 6):
        for pair in (0, half - 1):
            angle = torch.tensor(place * SMALL.rope_base ** (-pair / half))
            even, odd = x[0, place, 1, 2 * pair], x[0, place, 1, 2 * pair + 1]
            wanted = torch.stack((even * angle.cos() - odd * angle.sin(), even * angle.sin() + odd * angle.cos()))
            torch.testing.assert_close(turned[0, place, 1, 2 * pair : 2 * pair + 2], wanted, atol=1e-5, rtol=1e-5)


def test_the_first_block_begins_by_averaging_the_words_just_before() -> None:
    torch.manual_seed(3)
    shape = model.Shape(vocabulary=64, width=96, layers=2, heads=3, feed_forward=64, choices=32, context=256)
    guide = model.Guide(shape)
    torch.nn.init.normal_(guide.token_embd.weight)
    guide.gather_words()
    block = guide.blocks[0]
    ids = torch.randint(1, 64, (1, 120))
    with torch.no_grad():
        x = guide.token_embd(ids)
        qkv = block.attn_qkv(block.attn_norm(x)).view(1, 120, 9, -1)
        turned, v = qkv.split((6, 3), 2)
        q, k = model.rotate(turned, guide.turns[:120]).transpose(1, 2).chunk(2, 1)
        looked = (q @ k.transpose(2, 3) / 32**0.5)[0, :, -1].softmax(-1)
    assert bool((looked[:, -30:].sum(1) > 0.9).all())
    assert bool((looked[:, -10:].min(1).values > 0.02).all())
    torch.testing.assert_close(v.flatten(2)[..., 1:], block.attn_norm(x)[..., 1:])
    assert float(v.flatten(2)[..., 0].abs().max()) == 0


def test_what_comes_later_changes_nothing_before() -> None:
    torch.manual_seed(1)
    guide = model.Guide(SMALL)
    ids = torch.randint(64, (1, 9))
    other = ids.clone()
    other[0, 6:] = torch.tensor([1, 2, 3])
    wanted = torch.zeros(1, 9, dtype=torch.bool)
    wanted[0, :6] = True
    torch.testing.assert_close(guide(ids, wanted), guide(other, wanted))


@pytest.mark.parametrize("rows", [8, 24, 48])
def test_an_orthogonal_step_is_equally_large_in_every_direction(rows: int) -> None:
    torch.manual_seed(2)
    sizes = torch.linalg.svdvals(optimizer.orthogonal(torch.randn(rows, 24)))
    assert float(sizes.min()) > 0.6
    assert float(sizes.max()) < 1.3


def test_names_of_the_file_hold_every_weight() -> None:
    guide = model.Guide(SMALL)
    named = guide.tensors()
    assert sum(int(weights.count_nonzero()) for weights in named.values()) == sum(w.numel() for w in guide.parameters())
    assert {len(named[f"blk.{block}.ffn_gate.weight"]) for block in range(SMALL.layers)} == {96}


def test_the_words_open_the_gate_that_they_have_learned_to() -> None:
    torch.manual_seed(5)
    guide = model.Guide(SMALL)
    gates = guide.choosing.ffn_gate.weight
    torch.nn.init.normal_(gates)
    guide.gather_words()
    ids = torch.randint(1, 64, (1, 9))
    wanted = torch.zeros(1, 9, dtype=torch.bool)
    wanted[0, -1] = True
    with torch.no_grad():
        behind, opened = guide.followed(ids, wanted)[1]
    assert behind.shape == (1, SMALL.width)
    assert opened.shape == (1, SMALL.choices)
    assert bool((gates[:, 0] == 0).all())
    normed = torch.nn.functional.rms_norm(behind, (SMALL.width,))
    assert float(torch.corrcoef(torch.stack((opened[0], (normed @ gates.detach().T)[0])))[0, 1]) > 0.9


def test_words_alone_are_one_bag_for_each_question() -> None:
    from corpus import Corpus
    from tokenizer import Tokenizer
    from topics import read
    from train import words

    corpus = Corpus(read(), Tokenizer([]))
    bags = words(corpus, random.Random(3), 40)
    assert len(bags.begins) == len(bags.answers) == 40
    ends = [*bags.begins[1:].tolist(), len(bags.ids)]
    assert all(begin < end for begin, end in zip(bags.begins.tolist(), ends, strict=True))
