"""What was measured, as a table and as JSON."""

import datetime
import math
import os
import pathlib
import platform
import re
import statistics

import peers

LATENCIES = ("p50", "p99", "p99.9")


def median_of(results):
    """One row out of several rounds."""
    def median(values):
        values = [v for v in values if not math.isnan(v)]
        return statistics.median(values) if values else math.nan
    row = {k: median([getattr(r, k) for r in results])
           for k in ("cost", "system", "per_second")}
    for p in LATENCIES:
        row[p] = median([r.latency.get(p, math.nan) for r in results])
    row["rounds"] = [r.cost for r in results]
    return row


def add_ratios(rows):
    """rows: of one case, by peer; each against the better reference."""
    for key in ("cost", *LATENCIES):
        base = [rows[n][key] for n in peers.REFERENCES
                if n in rows and "void" not in rows[n]
                and not math.isnan(rows[n][key])]
        for row in rows.values():
            if base and "void" not in row:
                row[f"{key}_ratio"] = row[key] / min(base)


def cpu_model():
    text = pathlib.Path("/proc/cpuinfo").read_text()
    found = re.search(r"^model name\s*: (.*)$", text, re.M)
    return found[1] if found else platform.machine()


def machine(layout, versions):
    return {
        "date": datetime.datetime.now(datetime.timezone.utc)
        .strftime("%Y-%m-%d %H:%M UTC"),
        "cpu": cpu_model(),
        "cpus": os.cpu_count(),
        "kernel": platform.release(),
        "load_average": os.getloadavg()[0],
        "proxy_cpus": sorted(layout.proxy),
        "versions": versions,
    }


def header(about, command):
    lines = [
        f"{about['date']}; {about['cpus']} x {about['cpu']}; "
        f"Linux {about['kernel']}",
        f"load average at the start {about['load_average']:.2f}; {command}",
        *(f"  {name}: {v}" for name, v in about["versions"].items()),
        "",
        "cost: CPU time of all of the gateway's processes for each operation, "
        "or memory (PSS)",
        "x: against the better of nginx and HAProxy.  sys: in the kernel.  "
        "Times are in ms.",
    ]
    return "\n".join(lines)


def _number(value, digits=None):
    if value is None or math.isnan(value):
        return "-"
    if digits is None:
        digits = 0 if value >= 1000 else 1 if value >= 10 else 2
        digits = digits if value >= 1 else 3
    return f"{value:,.{digits}f}"


def _cells(name, row):
    if "void" in row:
        return None
    cells = [_number(row["cost"]), _number(row.get("cost_ratio"), 2),
             _number(row["system"] * 100, 0), _number(row["per_second"])]
    for p in LATENCIES:
        cells += [_number(row[p]), _number(row.get(f"{p}_ratio"), 2)]
    return cells


HEAD = ["cost", "x", "sys%", "per s", "p50", "x", "p99", "x", "p99.9", "x"]
WIDTH = [9, 5, 5, 8, 8, 5, 8, 5, 8, 5]


def judged_ratio(case, row):
    return row.get(f"{case.judged}_ratio", math.nan)


def verdict(case, row):
    ratio = judged_ratio(case, row)
    if case.target is None or math.isnan(ratio):
        return ""
    said = "met" if ratio <= case.target else "MISSED"
    which = "" if case.judged == "cost" else f"{case.judged} "
    return f"  target {which}<= {case.target:.2f}: {said}"


def table_head():
    return f"{'':12}" + "".join(f"{h:>{w}}" for h, w in zip(HEAD, WIDTH))


def block(case, rows):
    """The lines of one case."""
    lines = [f"{case.name}: {case.what}, {case.unit}"]
    for name, row in rows.items():
        cells = _cells(name, row)
        if cells is None:
            lines.append(f"  {name:10}void: {row['void']}")
            continue
        line = f"  {name:10}" + "".join(
            f"{c:>{w}}" for c, w in zip(cells, WIDTH))
        lines.append(line + (verdict(case, row) if name == "sallyport" else ""))
    return "\n".join(lines)


def clean(value):
    """What is not a number is null in JSON."""
    if isinstance(value, dict):
        return {k: clean(v) for k, v in value.items()}
    if isinstance(value, list):
        return [clean(v) for v in value]
    if isinstance(value, float) and math.isnan(value):
        return None
    return value
