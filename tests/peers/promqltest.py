#!/usr/bin/env python3
"""The embedded PromQL, dialect 3, against the test scripts that Prometheus 3 keeps for engines.

The scripts are Prometheus' own (promql/promqltest/testdata of its repository) and not part of this
one: give the folder of a checkout. Each `eval` counts as agreeing, differing or left out: with
native histograms, stale markers or syntax that Prometheus itself hides behind a feature flag.

usage: promqltest.py QUERY_TOOL FOLDER [--verbose]
exit: 1 when an eval differs that is not known to; it prints the share, by file
"""
import argparse
import collections
import json
import math
import os
import re
import subprocess
import sys
import tempfile

UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}
# Features behind a flag, each with a script of its own.
FLAGGED = ["duration_expression", "extended_vectors", "fill-modifier", "info", "start_timestamps",
           "type_and_unit"]


# Evals that differ, by file: those made for Prometheus' delayed name removal, a feature flag.
KNOWN = {"name_label_dropping.test": 8}


def seconds(text):
    if re.fullmatch(r"-?[0-9.e]+", text):
        return float(text)
    sign = -1 if text.startswith("-") else 1
    return sign * sum(float(n) * UNITS[u] for n, u in re.findall(r"([0-9.]+)(ms|[smhdwy])", text))


def expanded(points):
    """"1+2x3 _ NaN" to values, None where there is none; raises ValueError for what is no float."""
    values = []
    for word in re.sub(r"\s+", " ", points).strip().split(" "):
        if word == "":
            continue
        if word == "stale" or "{" in word or "@" in word:
            raise ValueError(word)
        gap = re.fullmatch(r"_(?:x(\d+))?", word)
        run = re.fullmatch(r"([-+]?[0-9.eE]+(?:[eE][-+]?\d+)?|[-+]?Inf|NaN)(?:([-+][0-9.]+(?:e[-+]?\d+)?))?x(\d+)", word)
        if gap:
            values += [None] * int(gap[1] or 1)
        elif run:
            first, step = float(run[1]), float(run[2] or 0)
            values += [first + k * step for k in range(int(run[3]) + 1)]
        else:
            values.append(float(word.replace("_", "")))
    return values


def split_series(line):
    """`name{a="b"} 1 2` to ('name{a="b"}', '1 2'); quotes may hold anything."""
    quoted, depth = False, 0
    for k, c in enumerate(line):
        if c == '"' and line[k - 1] != "\\":
            quoted = not quoted
        depth += (c == "{") - (c == "}") if not quoted else 0
        if c in " \t" and not quoted and depth == 0:
            return line[:k], line[k:]
    return line, ""


def labels_of(text):
    name, _, rest = text.partition("{")
    labels = {"__name__": name} if name else {}
    for key, value, alone in re.findall(r'\s*(?:"?([^",={}]+)"?\s*=\s*"((?:[^"\\]|\\.)*)"|"((?:[^"\\]|\\.)*)")\s*,?', rest):
        if alone:
            labels["__name__"] = alone
        elif value:
            labels[key.strip()] = json.loads('"%s"' % value) if "\\" in value else value
    return labels


def page_series(labels):
    """The labels as OpenMetrics writes them."""
    quote = lambda text: '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    word = lambda text: text if re.fullmatch("[a-zA-Z_][a-zA-Z0-9_]*", text) else quote(text)
    name = labels.get("__name__", "")
    rest = ["%s=%s" % (word(k), quote(v)) for k, v in labels.items() if k != "__name__"]
    plain = re.fullmatch("[a-zA-Z_:][a-zA-Z0-9_:]*", name)
    return "%s{%s}" % (name if plain else "", ",".join(rest if plain else [quote(name)] + rest))


class Script:
    def __init__(self, tool, text):
        self.tool, self.lines, self.at = tool, text.split("\n"), 0
        self.clear()

    def clear(self):
        self.samples, self.native, self.unsure = {}, set(), False

    def block(self):
        """The indented lines below the present one."""
        lines = []
        while self.at < len(self.lines):
            line = self.lines[self.at].split(" #")[0].rstrip() if '"' not in self.lines[self.at] else self.lines[self.at].rstrip()
            if line.strip() == "" or not (line[0] in " \t" or line.startswith("expect")):
                break
            self.at += 1
            if not line.strip().startswith("#"):
                lines.append(line.strip())
        return lines

    def commands(self):
        while self.at < len(self.lines):
            line = self.lines[self.at].strip()
            self.at += 1
            if line.startswith("load"):
                self.load(line, self.block())
            elif line == "clear":
                self.clear()
            elif line.startswith("eval"):
                yield line, self.block()

    def load(self, line, block):
        step = seconds(line.split()[1])
        for row in block:
            series, points = split_series(row)
            name = labels_of(series).get("__name__", "")
            if line.startswith("load_with_nhcb"):
                self.native.add(re.sub("_(bucket|count|sum)$", "", name))
            try:
                values = expanded(points)
            except ValueError as what:
                self.unsure |= "stale" in str(what) or "@" in str(what)
                self.native.add(name)
                continue
            for k, value in enumerate(values):
                if value is not None:
                    text = {math.inf: "+Inf", -math.inf: "-Inf"}.get(value, repr(value))
                    # A little past the millisecond, since OpenMetrics' seconds are cut off to it.
                    at = page_series(labels_of(series)), "%.4f" % (k * step + 0.0001)
                    self.samples[at] = text.replace("nan", "NaN")

    def is_left_out(self, query, block):
        words = set(re.findall(r"[a-zA-Z_:][a-zA-Z0-9_:]*", query))
        hides = bool(self.native) and ("__name__" in query or re.search(r"(^|[^\w}])\{", query))
        return (self.unsure or hides or words & self.native or any("{{" in row for row in block) or
                "histogram" in query and bool(self.native))

    def ask(self, fields):
        with tempfile.NamedTemporaryFile("w", suffix=".om") as page:
            for (series, at), value in self.samples.items():
                page.write("%s %s %s\n" % (series, value, at))
            page.write("# EOF\n")
            page.flush()
            run = subprocess.run([self.tool, "3", page.name], input="\t".join(fields) + "\n",
                                 capture_output=True, text=True, timeout=60)
        if not run.stdout:
            raise ValueError(run.stderr)
        return json.loads(run.stdout)


def near(a, b):
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return a == b or abs(a - b) <= 1e-6 * max(abs(a), abs(b)) or max(abs(a), abs(b)) < 1e-300


def key(labels):
    return json.dumps(labels, sort_keys=True)


def expected_series(block):
    series = {}
    for row in block:
        if row.startswith("expect"):
            continue
        if re.fullmatch(r"[-+]?([0-9.]+(e[-+]?\d+)?|inf|nan|0x[0-9a-f]+)", row, re.IGNORECASE):
            series["scalar"] = [float(row)]
            continue
        name, points = split_series(row)
        series[key(labels_of(name))] = expanded(points)
    return series


def agrees(answer, block, grid):
    """`grid`: the instants of a range query, or None."""
    fails = any(row.startswith("expect fail") for row in block)
    if fails or answer["status"] == "error":
        return fails and answer["status"] == "error"
    data = answer["data"]
    if data["resultType"] == "string":
        return any(json.dumps(data["result"][1])[1:-1] in row for row in block)
    wanted = expected_series(block)
    if data["resultType"] == "scalar":
        return near(float(data["result"][1]), wanted.get("scalar", [math.nan])[0])
    got = {}
    for item in data["result"]:
        points = item["values"] if "values" in item else [item["value"]]
        at = {round(float(t), 3): float(v) for t, v in points}
        got[key(item["metric"])] = [at.get(t) for t in grid] if grid else list(at.values())
    for series, values in list(wanted.items()):
        wanted[series] = values + [None] * (len(grid) - len(values)) if grid else values
    ordered = any(row.startswith("expect ordered") for row in block)
    if list(got) != list(wanted) if ordered else got.keys() != wanted.keys():
        return False
    return all(len(got[s]) == len(wanted[s]) and all(
        (a is None) == (b is None) and (a is None or near(a, b)) for a, b in zip(got[s], wanted[s]))
        for s in got)


def request_of(line):
    instant = re.match(r"eval(?:_\w+)? instant at (\S+)\s+(.*)", line)
    if instant:
        return [repr(seconds(instant[1])), instant[2]], None
    range_ = re.match(r"eval(?:_\w+)? range from (\S+) to (\S+) step (\S+)\s+(.*)", line)
    start, end, step = (seconds(range_[k]) for k in (1, 2, 3))
    grid = [round(start + k * step, 3) for k in range(int((end - start) / step + 1e-9) + 1)]
    return [repr(start), repr(end), repr(step), range_[4]], grid


def run_file(tool, path, verbose):
    counts = collections.Counter()
    script = Script(tool, open(path).read())
    for line, block in script.commands():
        fields, grid = request_of(line)
        if line.startswith("eval_fail"):
            block = block + ["expect fail"]
        if script.is_left_out(fields[-1], block):
            counts["left out"] += 1
            continue
        try:
            answer = script.ask(fields)
            same = agrees(answer, block, grid)
        except ValueError as what:
            answer, same = str(what), False
        counts["agree" if same else "differ"] += 1
        if not same and verbose:
            print("%s: %s\n  wanted %s\n  got    %s" % (os.path.basename(path), line, block, str(answer)[:300]))
    return counts


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("tool")
    arguments.add_argument("folder")
    arguments.add_argument("--verbose", action="store_true")
    arguments = arguments.parse_args()
    total, unknown = collections.Counter(), 0
    for name in sorted(os.listdir(arguments.folder)):
        if name.endswith(".test") and name[:-5] not in FLAGGED:
            counts = run_file(arguments.tool, os.path.join(arguments.folder, name), arguments.verbose)
            total += counts
            unknown += max(0, counts["differ"] - KNOWN.get(name, 0))
            print("%-28s %4d agree %3d differ %4d left out" % (
                name, counts["agree"], counts["differ"], counts["left out"]))
    asked = total["agree"] + total["differ"]
    print("%d of %d float-only evals agree (%.1f %%), %d left out" % (
        total["agree"], asked, 100 * total["agree"] / max(1, asked), total["left out"]))
    return 1 if unknown or not asked else 0


if __name__ == "__main__":
    sys.exit(main())
