"""Real handwritten digits, cut out of labelled lines with the help of a pre-trained network's alignment."""
from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from ocr import ctc
from ocr.digits import HEIGHT, STRIDE, prepare
from ocr.training.corpus import RealLine
from ocr.training.glyphs import Ink
from ocr.training.net import Net

_LEAST = 0.02
"""Lines whose truth the network holds for less likely than this (per character) align badly and give no cut-outs."""


def cut_out(net: Net, real: Sequence[RealLine]) -> dict[str, list[Ink]]:
    """digit -> pictures (255 = ink) from the handwritten lines."""
    found: dict[str, list[Ink]] = {}
    net.eval()
    for line in real:
        if not line.hand:
            continue
        for char, ink in _digits(net, line):
            found.setdefault(char, []).append(ink)
    return found


def _digits(net: Net, line: RealLine) -> list[tuple[str, Ink]]:
    frames = _frames(net, line.cut)
    spellings = list(line.spellings)
    scores = ctc.score(frames, spellings)
    best = spellings[int(scores.argmax())]
    if float(scores.max()) / len(best) < np.log(_LEAST) or len(frames) < 2 * len(best):
        return []
    spans = ctc.align(frames, best)
    wanted = range(best.index("/")) if line.kind == "number" else range(best.index("|"))
    factor = line.cut.shape[0] / HEIGHT * STRIDE
    ink = _ink(line.cut)
    pieces = []
    for at in wanted:
        before = spans[at - 1][1] if at else spans[at][0] - 3
        after = spans[at + 1][0] if at + 1 < len(spans) else spans[at][1] + 3
        reach = ((spans[at][0] + before) / 2 * factor, (spans[at][1] + after + 2) / 2 * factor)
        piece = _component(ink, reach)
        if piece is not None:
            pieces.append((best[at], piece))
    return pieces


def _frames(net: Net, grey: NDArray[np.uint8]) -> ctc.Frames:
    ink = prepare(grey)
    ink = ink[:, : ink.shape[1] // STRIDE * STRIDE]
    with torch.no_grad():
        frames, _ = net(torch.from_numpy(np.ascontiguousarray(ink))[None, None])
    return np.asarray(frames[0].numpy(), dtype=np.float32)


def _ink(grey: NDArray[np.uint8]) -> Ink:
    _, ink = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
    return np.asarray(ink, dtype=np.uint8)


def _component(ink: Ink, reach: tuple[float, float]) -> Ink | None:
    """The connected ink whose middle lies within the columns, if it has the size of one digit."""
    count, labels, stats, centers = cv2.connectedComponentsWithStats(ink, connectivity=8)
    high = ink.shape[0]
    chosen = [
        index for index in range(1, count)
        if reach[0] <= centers[index][0] <= reach[1] and stats[index][cv2.CC_STAT_AREA] > 6
        and 0 < stats[index][cv2.CC_STAT_TOP] < high - stats[index][cv2.CC_STAT_HEIGHT]
    ]
    if not chosen:
        return None
    mask = np.where(np.isin(labels, chosen), ink, 0).astype(np.uint8)
    rows, columns = np.flatnonzero(mask.max(axis=1)), np.flatnonzero(mask.max(axis=0))
    piece = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    tall, wide = piece.shape
    fits = 0.25 * high < tall < 0.9 * high and 0.08 * tall < wide < 1.3 * tall
    return piece if fits and wide < 1.35 * (reach[1] - reach[0]) else None
