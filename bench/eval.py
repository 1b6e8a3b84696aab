"""`python -m bench.eval --corpus DIR [--folds DIR | --shipped] [--out FILE]`: fields right, sure, and sure-but-wrong.

DIR holds `scans/` and `truth.jsonl` (one object a document: file, number, symbol, date, issuer, doc_type, subject,
urgency, place, signer, number_handwritten, date_handwritten).  A field left empty is "left to the clerk": not right,
but no wrong answer either.

Every paper's digits are read by weights that were trained, and calibrated, without that paper: those in `bench/folds`,
or in the folder that `python -m ocr.train_digits --only-folds --out DIR` made.  A paper that no fold knows, and every
paper with `--shipped`, is read by the weights that users have.  Rules and thresholds are the same in both cases: they
were made while looking at these papers, and no figure here is a cross-validation of them.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rules.spelling import clean, distance, plain_dashes, same_tone_place

FOLDS = Path(__file__).resolve().parent / "folds"
FIELDS = ("number", "date", "symbol", "issuer", "doc_type", "subject", "urgency", "place", "signer")
BINS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 1.01)


def same(field: str, truth: str, guess: str) -> bool:
    """Are two values one?  Blanks, case, dashes and tone places do not count; a subject may differ by 2 %."""
    a, b = _plain(truth), _plain(guess)
    if field == "subject":
        for lead in ("v/v ", "về việc ", "về "):
            a, b = a.removeprefix(lead), b.removeprefix(lead)
        return distance(a, b) <= 0.02 * max(len(a), 1)
    return a.replace(" ", "") == b.replace(" ", "")


def _plain(text: str) -> str:
    return same_tone_place(clean(plain_dashes(text))).lower().strip(" .,;:")


def weights_of(folds: Path) -> Mapping[str, Path]:
    """Paper (its file's stem) to the weights that never saw it."""
    names: dict[str, str] = json.loads((folds / "folds.json").read_text("utf-8"))
    return {paper: folds / name for paper, name in names.items()}


def truths_of(corpus: Path) -> list[dict[str, Any]]:
    """The papers of the corpus."""
    return [json.loads(line) for line in (corpus / "truth.jsonl").read_text("utf-8").splitlines() if line.strip()]


def read_one(path: Path, weights: Path | None = None) -> dict[str, Any]:
    """One scan in the form of `vanthu read --json`."""
    from gateway.seal.verify import signature_facts
    from ocr.read import Options, look
    from rules.facts import Facts
    from rules.propose import propose

    started = time.perf_counter()
    proposal = propose(look(path, Options(digit_weights=weights)).pages, Facts(signature_facts(path)))
    fields = {
        name.value: {"value": field.value, "confidence": field.confidence, "sure": field.sure}
        for name, field in proposal.fields.items()
    }
    return {"file": path.name, "seconds": round(time.perf_counter() - started, 2), "fields": fields}


def table(name: str, field: str, rows: list[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> None:
    """Prints one line: right of all, answered, wrong, sure, sure and wrong."""
    right = answered = wrong = sure = sure_wrong = 0
    for truth, guess in rows:
        found = guess["fields"].get(field)
        if found is None:
            continue
        good = same(field, str(truth[field]), found["value"])
        answered, right, wrong = answered + 1, right + good, wrong + (not good)
        sure, sure_wrong = sure + found["sure"], sure_wrong + (found["sure"] and not good)
    share = 100 * right / len(rows) if rows else 0.0
    print(f"{name:24}{right:5}/{len(rows):<5}{share:6.1f}{answered:10}{wrong:7}{sure:7}{sure_wrong:10}")


def reliability(rows: list[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> None:
    """Prints how often number and date are right, by what they claim."""
    claims = [
        (found["confidence"], same(field, str(truth[field]), found["value"]))
        for truth, guess in rows
        for field in ("number", "date")
        if truth.get(field) and (found := guess["fields"].get(field))
    ]
    print("\nnumber and date: claimed confidence and share right")
    for low, high in zip(BINS, BINS[1:], strict=False):
        inside = [good for claim, good in claims if low <= claim < high]
        if inside:
            print(f"  {low:.2f}-{min(high, 1.0):.2f}{len(inside):6}{100 * sum(inside) / len(inside):8.1f} %")


def main() -> int:
    """Prints the table; 2 when the corpus is not there."""
    parser = argparse.ArgumentParser(prog="python -m bench.eval", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--folds", type=Path, default=FOLDS, help="folder with fold weights and folds.json")
    parser.add_argument("--shipped", action="store_true", help="read with the shipped weights, which saw these papers")
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()) / "vanthu-predictions.jsonl")
    args = parser.parse_args()
    if not (args.corpus / "truth.jsonl").exists():
        print(f"There is no {args.corpus / 'truth.jsonl'}. Name a folder with scans/ and truth.jsonl.", file=sys.stderr)
        return 2
    truths = truths_of(args.corpus)
    rows, fold_of = [], {} if args.shipped else weights_of(args.folds)
    with args.out.open("w", encoding="utf-8") as out:
        for truth in truths:
            guess = read_one(args.corpus / "scans" / truth["file"], fold_of.get(Path(truth["file"]).stem))
            out.write(json.dumps(guess, ensure_ascii=False) + "\n")
            rows.append((truth, guess))
    print(f"{'field':24}{'right':>10}{'%':>7}{'answered':>10}{'wrong':>7}{'sure':>7}{'sure&wrong':>10}")
    for field in FIELDS:
        asked = [row for row in rows if row[0].get(field)]
        table(field, field, asked)
        if f"{field}_handwritten" in truths[0]:
            for hand, word in ((True, "handwritten"), (False, "printed")):
                table(f"  {word}", field, [row for row in asked if row[0].get(f"{field}_handwritten") is hand])
        for source in sorted({row[0]["file"][:2] for row in asked}) if field in ("number", "date") else ():
            table(f"  {source}", field, [row for row in asked if row[0]["file"].startswith(source)])
    reliability(rows)
    print(
        f"\nmedian {statistics.median(guess['seconds'] for _, guess in rows):.1f} s a document; predictions: {args.out}"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
