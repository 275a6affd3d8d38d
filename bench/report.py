"""Writes the report: report.py RESULTS.json DIRECTORY makes DIRECTORY/BENCHMARKS.md and DIRECTORY/bench/*.svg."""

import html
import json
import statistics
import sys
from pathlib import Path

UNITS = [("ns", 1e-9), ("µs", 1e-6), ("ms", 1e-3), ("s", 1.0)]

FONT = "font-family='system-ui, sans-serif' font-size='12'"
WIDTH, LABELS, VALUES, ROW = 760, 380, 80, 26

INTRODUCTION = """\
# Measurements

`make bench` makes the data, runs ours and the peers' on it and writes this file and its plots. Nothing here is a
promise: the ratios are what to look at, and they too move with the machine.

- pg_crm {version}, PostgreSQL {server}, {cores} cores{processor}, {memory_gib} GiB of memory.
- Load average after each subject: {load}. The measurements themselves make about 1; more means that others used
  the machine, and that absolute times and spreads are too large.
- One throwaway server on a local socket, one client at a time. Changed settings: {settings}. Data fits in memory.
- The ways of a table are run in turn, several times over in one run, after a first round that does not count. A time
  is the median of these rounds; beside it are the fastest and the slowest. A ratio is relative to the first line that
  is ours (bold); above 1 is slower than ours.
- Times are what the client sees, unless a table says otherwise.
"""


def time_text(seconds):
    unit, size = next(((u, s) for u, s in UNITS if seconds < 1000 * s), UNITS[-1])
    value = seconds / size
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:.{digits}f} {unit}"


def ratio_text(ratio):
    return f"{ratio:.0f}" if ratio >= 20 else f"{ratio:.1f}" if ratio >= 2 else f"{ratio:.2f}"


def plain(label):
    return label.replace("`", "")


def shortened(label, length=58):
    return label if len(label) <= length else label[: length - 1] + "…"


def plot(table, medians):
    """Horizontal bars from zero: lengths are in proportion to the times."""
    height = 34 + ROW * len(medians) + 8
    longest = max(medians)
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{height}' viewBox='0 0 {WIDTH} {height}' {FONT}>",
        f"<rect width='{WIDTH}' height='{height}' fill='#ffffff'/>",
        f"<text x='10' y='20' font-weight='bold' fill='#222222'>{html.escape(plain(table['title']))}</text>",
    ]
    for position, (row, median) in enumerate(zip(table["rows"], medians, strict=True)):
        top = 34 + ROW * position
        width = max(1.0, (WIDTH - LABELS - VALUES - 10) * median / longest)
        color = "#2b6cb0" if row["ours"] else "#a0a8b4"
        parts += [
            f"<text x='{LABELS - 8}' y='{top + 16}' text-anchor='end' fill='#222222'>"
            f"{html.escape(shortened(plain(row['label'])))}</text>",
            f"<rect x='{LABELS}' y='{top + 4}' width='{width:.1f}' height='{ROW - 9}' fill='{color}'/>",
            f"<text x='{LABELS + width + 6:.1f}' y='{top + 16}' fill='#222222'>{time_text(median)}</text>",
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def section(table, out):
    lines = [f"### {table['title']}", ""]
    if "facts" in table:
        lines.append("| " + " | ".join(table["columns"]) + " |")
        lines.append("|---|" + "---:|" * (len(table["columns"]) - 1))
        lines += ["| " + " | ".join(row) + " |" for row in table["facts"]]
    else:
        medians = [statistics.median(row["runs"]) for row in table["rows"]]
        first = next((m for row, m in zip(table["rows"], medians, strict=True) if row["ours"]), medians[0])
        lines += [f"Time of {table['what']}.", ""]
        lines += ["| | median | fastest to slowest | ratio |", "|---|---:|---:|---:|"]
        for row, median in zip(table["rows"], medians, strict=True):
            label = row["label"].replace("|", "\\|")
            label = f"**{label}**" if row["ours"] else label
            spread = f"{time_text(min(row['runs']))} to {time_text(max(row['runs']))}"
            lines.append(f"| {label} | {time_text(median)} | {spread} | {ratio_text(median / first)} |")
        (out / "bench" / f"{table['key']}.svg").write_text(plot(table, medians), encoding="utf-8")
        lines += ["", f"![{plain(table['title'])}](bench/{table['key']}.svg)"]
    for note in table["notes"]:
        lines += ["", note]
    return [*lines, ""]


def main():
    results = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    out = Path(sys.argv[2])
    results["processor"] = f" ({results['processor']})" if results["processor"] else ""
    lines = [INTRODUCTION.format(**results)]
    if results["quick"]:
        lines += ["A quick run, at a tenth of the size.", ""]
    for stale in (out / "bench").glob("*.svg"):
        stale.unlink()
    for subject in results["subjects"]:
        lines += [f"## {subject['title']}", "", subject["text"], ""]
        for table in subject["tables"]:
            lines += section(table, out)
    (out / "BENCHMARKS.md").write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
