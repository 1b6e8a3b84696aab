"""The network: six convolutions, one bidirectional LSTM, a CTC output and a second output for "written by hand"."""
from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ocr.ctc import ALPHABET, COLUMN
from ocr.digits import HEIGHT, STRIDE

CHANNELS = (24, 48, 64, 96, 96, 128)
HIDDEN = 96


class Net(nn.Module):  # type: ignore[misc]  # PyTorch is not installed where this is checked
    """Ink (lines x 1 x HEIGHT x width) -> log-probabilities (lines x frames x 1+alphabet), hand (lines x frames)."""

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d, e, f = CHANNELS
        self.half = False
        """Convolutions in bfloat16: twice as fast in training on a CPU that has it."""
        self.look = nn.Sequential(
            *_block(1, a), nn.MaxPool2d(2),
            *_block(a, b), nn.MaxPool2d(2),
            *_block(b, c), nn.MaxPool2d((2, 1)),
            *_block(c, d),
            *_block(d, e), nn.MaxPool2d((HEIGHT // 8, 1)),
            nn.Conv2d(e, f, (1, 3), padding=(0, 1), bias=False), nn.BatchNorm2d(f), nn.ReLU(inplace=True),
        )
        self.drop = nn.Dropout(0.2)
        self.run = nn.LSTM(f, HIDDEN, bidirectional=True, batch_first=True)
        self.say = nn.Linear(2 * HIDDEN, 1 + len(ALPHABET))
        self.hand = nn.Linear(2 * HIDDEN, 1)
        self.look = self.look.to(memory_format=torch.channels_last)  # more than twice as fast on a CPU

    def forward(self, ink: Tensor) -> tuple[Tensor, Tensor]:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.half):
            seen = self.look(ink)
        seen = seen.float().squeeze(2).transpose(1, 2)
        known = self.drop(self.run(seen)[0])
        return functional.log_softmax(self.say(known), dim=2), self.hand(known).squeeze(2)


def _block(inward: int, outward: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(inward, outward, 3, padding=1, bias=False), nn.BatchNorm2d(outward), nn.ReLU(inplace=True)


Truth = tuple[tuple[str, ...], bool, tuple[tuple[float, bool], ...]]
"""The spellings that count as right; by hand; places of the (only) spelling's characters where they are known."""


def loss_of(frames: Tensor, hand: Tensor, lengths: Tensor, truth: Sequence[Truth]) -> Tensor:
    """CTC loss of the cheapest spelling of every line, plus the hand output's loss at the frames of its digits."""
    owner, flat = [], []
    for row, (spellings, _, _) in enumerate(truth):
        owner += [row] * len(spellings)
        flat += list(spellings)
    index = torch.tensor(owner)
    targets = torch.tensor([COLUMN[char] for text in flat for char in text])
    sizes = torch.tensor([len(text) for text in flat])
    chosen = frames[index].transpose(0, 1)
    each = functional.ctc_loss(chosen, targets, lengths[index], sizes, reduction="none", zero_infinity=True)
    cheapest = torch.full((len(truth),), float("inf")).scatter_reduce(0, index, each, "amin")
    scale = torch.tensor([max(1, len(spellings[0])) for spellings, _, _ in truth], dtype=torch.float32)
    return (cheapest / scale).mean() + 0.1 * _hand_loss(frames, hand, [by_hand for _, by_hand, _ in truth])


def place_loss(frames: Tensor, hand: Tensor, truth: Sequence[Truth]) -> Tensor:
    """Every character whose place is known should be said just there, and its hand be known there."""
    rows, times, columns, by_hand = [], [], [], []
    for row, (spellings, _, places) in enumerate(truth):
        for char, (place, written) in zip(spellings[0], places, strict=bool(places)):
            rows.append(row)
            times.append(min(max(int(place / STRIDE), 0), frames.shape[1] - 1))
            columns.append(COLUMN[char])
            by_hand.append(float(written))
    if not rows:
        return frames.sum() * 0.0
    said = -frames[rows, times, columns].mean()
    return said + 0.2 * functional.binary_cross_entropy_with_logits(hand[rows, times], torch.tensor(by_hand))


def _hand_loss(frames: Tensor, hand: Tensor, truth: Sequence[bool]) -> Tensor:
    """The highest value over the frames that show a digit must tell hand from print."""
    digits = frames.detach()[:, :, 1:11].exp().sum(dim=2)
    masked = torch.where(digits > 0.4, hand, torch.full_like(hand, -30.0))
    highest = masked.amax(dim=1)
    shown = highest > -29.0
    if not bool(shown.any()):
        return hand.sum() * 0.0
    wanted = torch.tensor(truth, dtype=torch.float32)
    return functional.binary_cross_entropy_with_logits(highest[shown], wanted[shown])


def export(net: Net, path: Path) -> None:
    """Write the network as ONNX, free in the number of lines and in their width."""
    net = copy.deepcopy(net).eval()
    net.half = False
    net.look = net.look.to(memory_format=torch.contiguous_format)
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        net, (torch.zeros(2, 1, HEIGHT, 40 * STRIDE),), path, input_names=["ink"], output_names=["frames", "hand"],
        dynamic_axes={"ink": {0: "lines", 3: "width"}} | {name: {0: "lines", 1: "time"} for name in ("frames", "hand")},
        opset_version=17, dynamo=False,
    )


def mean(nets: Sequence[Net]) -> Net:
    """The network whose parameters are the mean of these, which must have started from the same one."""
    result = copy.deepcopy(nets[0])
    states = [net.state_dict() for net in nets]
    result.load_state_dict({
        name: torch.stack([state[name] for state in states]).mean(0) if value.is_floating_point() else value
        for name, value in states[0].items()
    })
    return result


def keep(net: Net, path: Path) -> None:
    """Write the parameters in half precision, to go on learning from; nothing that runs when it is loaded."""
    values = {name: value.numpy() for name, value in net.state_dict().items()}
    halves = {name: value.astype(np.float16) if value.dtype == np.float32 else value for name, value in values.items()}
    with path.open("wb") as file:
        np.savez_compressed(file, **halves)


def load(path: Path) -> Net:
    """The network that keep() wrote."""
    with np.load(path, allow_pickle=False) as stored:
        net = Net()
        wanted = net.state_dict()
        net.load_state_dict({name: torch.from_numpy(stored[name]).to(wanted[name].dtype) for name in wanted})
    return net
