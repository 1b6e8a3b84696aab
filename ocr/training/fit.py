"""Training: imagined lines first, then real ones mixed with imagined ones that use the real digits."""
from __future__ import annotations

import concurrent.futures
import copy
import multiprocessing
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from ocr.digits import HEIGHT, STRIDE, prepare
from ocr.training import lines
from ocr.training.corpus import RealLine
from ocr.training.glyphs import Glyphs, Random
from ocr.training.lines import Example
from ocr.training.net import Net, Truth, loss_of, place_loss

Say = Callable[[str], object]
_WIDTHS = 16 * STRIDE
Lesson = tuple[NDArray[np.float32], Truth]


@dataclass(frozen=True)
class Plan:
    """How long and how fast to learn."""

    imagined: int = 30_000
    steps: int = 2800
    batch: int = 24
    rate: float = 2e-3
    fine_steps: int = 520
    fine_rate: float = 6e-4
    seed: int = 20_241
    workers: int = 2
    threads: int = 1
    """More than one only on idle cores: waiting for each other costs more than it brings."""


@dataclass
class Log:
    """What the training log file keeps."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, stage: str, step: int, loss: float, seconds: float) -> None:
        self.rows.append({"stage": stage, "step": step, "loss": round(loss, 4), "seconds": round(seconds, 1)})


def _shard(glyphs: Glyphs, seed: int, count: int) -> list[Example]:
    rng = np.random.default_rng(seed)
    return [lines.example(glyphs, rng) for _ in range(count)]


def imagine(glyphs: Glyphs, count: int, seed: int, workers: int = 1) -> list[Example]:
    """`count` imagined lines; the same for the same seed whatever the number of workers."""
    size = 500
    jobs = [(seed * 1000 + part, min(size, count - part * size)) for part in range((count + size - 1) // size)]
    if workers < 2:
        return [row for job in jobs for row in _shard(glyphs, *job)]
    # Not forked: OpenCV's threads would be missing in the children, and they would wait for them for ever.
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(workers, mp_context=context) as pool:
        shards = pool.map(_shard, [glyphs] * len(jobs), *zip(*jobs, strict=True))
        return [row for shard in shards for row in shard]


def pretrain(plan: Plan, examples: Sequence[Example], log: Log, say: Say) -> Net:
    """Learn the imagined lines from nothing."""
    torch.manual_seed(plan.seed)
    torch.set_num_threads(plan.threads)
    rng = np.random.default_rng(plan.seed)
    net = Net()
    net.half = bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    optimizer = torch.optim.AdamW(net.parameters(), lr=plan.rate, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, plan.rate, total_steps=plan.steps, pct_start=0.15)
    order = _bucketed(examples, plan.batch, rng)
    began, recent = time.monotonic(), 0.0
    for step in range(plan.steps):
        if not order:
            order = _bucketed(examples, plan.batch, rng)
        lessons = [_imagined_lesson(examples[at], rng) for at in order.pop()]
        recent = 0.98 * recent + 0.02 * _step(net, optimizer, lessons) if step else _step(net, optimizer, lessons)
        schedule.step()
        if step % 100 == 99:
            log.add("pretrain", step + 1, recent, time.monotonic() - began)
            say(f"pretrain step={step + 1} loss={recent:.4f} seconds={time.monotonic() - began:.0f}")
    return net


def fine_tune(
    net: Net, plan: Plan, *, real: Sequence[RealLine],
    imagined: tuple[Sequence[Example], Sequence[Example]], note: tuple[Log, str, Say],
) -> Net:
    """A copy of `net` that has learned the real lines too: half of each batch real, the rest imagined.

    `imagined`: lines with the real digits' cut-outs, and lines without.
    """
    log, name, say = note
    torch.manual_seed(plan.seed + 1)
    torch.set_num_threads(plan.threads)
    rng = np.random.default_rng(plan.seed + 1)
    net = copy.deepcopy(net)
    optimizer = torch.optim.AdamW(net.parameters(), lr=plan.fine_rate, weight_decay=1e-3)
    cycle = torch.optim.lr_scheduler.OneCycleLR
    schedule = cycle(optimizer, plan.fine_rate, total_steps=plan.fine_steps, pct_start=0.2)
    cut, free = imagined
    began, recent = time.monotonic(), 0.0
    for step in range(plan.fine_steps):
        lessons = [_real_lesson(real[int(rng.integers(len(real)))], rng) for _ in range(12)]
        lessons += [_imagined_lesson(cut[int(rng.integers(len(cut)))], rng) for _ in range(6 if cut else 0)]
        lessons += [_imagined_lesson(free[int(rng.integers(len(free)))], rng) for _ in range(5)]
        value = _step(net, optimizer, lessons)
        recent = 0.96 * recent + 0.04 * value if step else value
        schedule.step()
        if step % 100 == 99:
            log.add(name, step + 1, recent, time.monotonic() - began)
    say(f"{name} steps={plan.fine_steps} lines={len(real)} loss={recent:.4f} seconds={time.monotonic() - began:.0f}")
    return net


def _bucketed(examples: Sequence[Example], batch: int, rng: Random) -> list[list[int]]:
    """Batches of lines of like width, in random order."""
    widths = np.array([row.ink.shape[1] for row in examples]) + rng.uniform(-25, 25, len(examples))
    order = np.argsort(widths)
    batches = [order[at : at + batch].tolist() for at in range(0, len(order) - batch + 1, batch)]
    rng.shuffle(batches)
    return batches


def _step(net: Net, optimizer: torch.optim.Optimizer, lessons: Sequence[Lesson]) -> float:
    net.train()
    # Few distinct widths: oneDNN compiles its kernels anew for every shape.
    widest = -(-max(ink.shape[1] for ink, _ in lessons) // _WIDTHS) * _WIDTHS
    batch = np.zeros((len(lessons), 1, HEIGHT, widest), dtype=np.float32)
    for row, (ink, _) in enumerate(lessons):
        batch[row, 0, :, : ink.shape[1]] = ink
    lengths = torch.tensor([ink.shape[1] // STRIDE for ink, _ in lessons])
    truth = [known for _, known in lessons]
    frames, hand = net(torch.from_numpy(batch).contiguous(memory_format=torch.channels_last))
    loss = loss_of(frames, hand, lengths, truth) + 0.3 * place_loss(frames, hand, truth)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
    optimizer.step()
    return float(loss.detach())


def _imagined_lesson(row: Example, rng: Random) -> Lesson:
    ink = _jittered(row.ink.astype(np.float32) / np.float32(200), rng)
    factor = ink.shape[1] / row.ink.shape[1]
    return ink, ((row.spelled,), row.hand, tuple((place * factor, written) for place, written in row.places))


def _jittered(ink: NDArray[np.float32], rng: Random) -> NDArray[np.float32]:
    """A small stretch and shift, so that no line is seen twice alike."""
    high, wide = ink.shape
    factor = rng.uniform(0.92, 1.08)
    out = max(24, int(wide * factor))
    across = [out / wide, rng.normal(0, 0.03), 0]
    matrix = np.array([across, [0, rng.uniform(0.94, 1.06), rng.uniform(-1.5, 1.5)]], dtype=np.float32)
    return np.asarray(cv2.warpAffine(ink, matrix, (out, high), flags=cv2.INTER_LINEAR), dtype=np.float32)


def _real_lesson(line: RealLine, rng: Random) -> Lesson:
    """The line cut anew (borders jittered), bent, thinned or thickened, thresholded or blurred."""
    left, top, right, bottom = line.inner
    high = bottom - top
    high_all, wide_all = line.grey.shape
    top, bottom = top + int(rng.normal(0, 0.09) * high), bottom + int(rng.normal(0, 0.09) * high)
    left, right = left + int(rng.uniform(-0.45, 0.12) * high), right + int(rng.uniform(-0.05, 0.45) * high)
    grey = line.grey[max(0, top) : min(high_all, bottom), max(0, left) : min(wide_all, right)]
    return prepare(_worn(_bent(grey, rng), rng)), (line.spellings, line.hand, ())


def _bent(grey: NDArray[np.uint8], rng: Random) -> NDArray[np.uint8]:
    """Stretched, slanted, turned a little, and elastically bent."""
    high, wide = grey.shape
    paper = int(np.percentile(grey, 80))
    across, down = rng.uniform(0.82, 1.2), rng.uniform(0.9, 1.1)
    slant, turn = rng.normal(0, 0.12), rng.normal(0, 0.008)
    out = int(wide * across)
    y, x = np.mgrid[0:high, 0:out].astype(np.float32)
    middle = high / 2
    sway = [cv2.GaussianBlur(rng.normal(0, 1, (high, out)).astype(np.float32), (0, 0), high / 7) for _ in range(2)]
    bend = [part / (part.std() + 1e-6) * rng.uniform(0, 0.022) * high for part in sway]
    from_x = (x + slant * (y - middle)) / across + bend[0]
    from_y = (y - middle) / down + middle + turn * (x - out / 2) + bend[1]
    bent = cv2.remap(grey, from_x, from_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(paper,))
    return np.asarray(bent, dtype=np.uint8)


def _worn(grey: NDArray[np.uint8], rng: Random) -> NDArray[np.uint8]:
    kernel = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)) if rng.random() < 0.5 else np.ones((2, 2), np.uint8)
    dice = rng.random()
    if dice < 0.15:
        grey = np.asarray(cv2.erode(grey, kernel), dtype=np.uint8)
    elif dice < 0.3:
        grey = np.asarray(cv2.addWeighted(cv2.dilate(grey, kernel), 0.6, grey, 0.4, 0), dtype=np.uint8)
    if rng.random() < 0.25:
        shrunk = rng.uniform(0.55, 0.9)
        small = cv2.resize(grey, None, fx=shrunk, fy=shrunk, interpolation=cv2.INTER_AREA)
        grey = np.asarray(cv2.resize(small, grey.shape[::-1], interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
    noisy = grey.astype(np.float32) + rng.normal(0, rng.uniform(0, 14), grey.shape)
    if rng.random() < 0.3:
        dark, bright = np.percentile(grey, 1), np.percentile(grey, 80)
        noisy = np.where(noisy < dark + (bright - dark) * rng.uniform(0.4, 0.8), 0.0, 255.0)
    elif rng.random() < 0.3:
        noisy = np.asarray(cv2.GaussianBlur(noisy, (0, 0), float(rng.uniform(0.4, 1.2))), dtype=np.float64)
    return np.clip(noisy, 0, 255).astype(np.uint8)
