#!/usr/bin/env python3
"""The embedded PromQL against a real Prometheus of the 2.x line (dialect 2).

Generates series (steady, resetting, starting near zero, with gaps, irregular, born late, dying
early, NaN and infinite), turns them into a block with promtool, starts Prometheus on it on a
loopback port, asks both sides the same generated expressions, as instant and as range queries, and
compares whole answers. Values must be the same text, with two exceptions in the last places: "^",
since Go and glibc round pow differently (a "%" behind it makes that any number, so then only the
series are compared), and sums and means in range queries, since 2.42 adds the
series of an inner operation there in the random order of a Go map, plainly, so that its own answers
differ from run to run.

usage: promql_differential.py QUERY_TOOL [--count N] [--seed N]
exit: 0 alike, 1 different, 77 no Prometheus here
"""
import argparse
import json
import math
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

START = 1700000000  # within one two-hour block until START + 6400
LENGTH = 3600
RANGES = ["15s", "16s", "30s", "1m", "75s", "2m30s", "5m", "17m", "1h"]


def number(value):
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(value)


class Data:
    """Series by their text, each a list of (milliseconds, value)."""

    def __init__(self, rng):
        self.rng = rng
        self.series = {}
        self.counters()
        self.gauges()
        self.oddities()

    def add(self, text, points):
        self.series[text] = [(int(t * 1000), v) for t, v in points]

    def times(self, step=15, first=0, last=LENGTH, jitter=0.0):
        t = first
        while t <= last:
            yield START + t + (round(self.rng.random() * jitter, 3) if jitter else 0)
            t += step

    def counter(self, times, base=0.0, rate=3.0, reset=0.0):
        value = base
        for t in times:
            value = 0.0 if self.rng.random() < reset else value + self.rng.random() * 2 * rate
            yield t, round(value, 3)

    def counters(self):
        for job in ("web", "api", 'odd"<\\\\job'):
            job_text = job.replace('"', '\\"')
            for i in range(3):
                labels = '{job="%s",instance="h%d:80",code="%d"}' % (job_text, i, 200 + 100 * i)
                self.add("http_requests_total" + labels, self.counter(self.times(), base=1e3))
        self.add('resetting_total{i="0"}', self.counter(self.times(), base=50, reset=0.05))
        self.add('resetting_total{i="1"}', self.counter(self.times(5), reset=0.02))
        self.add('young_total{i="0"}', self.counter(self.times(15, 1700), base=0.0, rate=20))
        self.add('young_total{i="1"}', self.counter(self.times(15, 1807), base=1.0, rate=0.1))
        self.add('young_total{i="2"}', [(START + 1800, 0.0)] + list(
            self.counter(self.times(15, 1815), base=0.0, rate=9)))
        gap = [t for t in self.times() if not START + 1200 <= t <= START + 1900]
        self.add("gap_total", self.counter(gap, base=10))
        self.add("dead_total", self.counter(self.times(15, 0, 1500), base=10))
        self.add("jitter_total", self.counter(self.times(15, jitter=7.0), base=10))
        self.add("constant_total", [(t, 42.0) for t in self.times()])
        self.add("short_total", [(START + 2000, 5.0), (START + 2015, 7.0)])
        self.add("single_total", [(START + 2000, 5.0)])

    def gauges(self):
        for i in range(6):
            self.add('temperature{room="r%d",floor="%d"}' % (i, i % 2),
                     [(t, round(20 + 10 * math.sin(t / 300 + i) + self.rng.random(), 4))
                      for t in self.times()])
            self.add('humidity{room="r%d",floor="%d"}' % (i, i % 2),
                     [(t, round(self.rng.uniform(-5, 95), 2)) for t in self.times(30)])
        self.add('decimal{i="0"}', [(t, 0.1 * (k % 7)) for k, t in enumerate(self.times())])
        self.add('decimal{i="1"}', [(t, 1e16 if k % 3 == 0 else 1.1)
                                    for k, t in enumerate(self.times())])

    def oddities(self):
        special = [float("nan"), float("inf"), float("-inf"), -0.0, 1e308, -1e308, 5e-324, 1e-7]
        for i in range(4):
            self.add('strange{i="%d"}' % i,
                     [(t, self.rng.choice(special + [1.0, 2.0, 3.0])) for t in self.times(20)])
        self.add('big{i="0"}', [(t, 1.5e308) for t in self.times()])
        self.add('big{i="1"}', [(t, 1.6e308) for t in self.times()])
        self.add('nan_first', [(t, float("nan") if k % 5 == 0 else k)
                               for k, t in enumerate(self.times())])

    def openmetrics(self):
        lines = []
        for text, points in self.series.items():
            lines += ["%s %s %d.%03d" % (text, number(v), t // 1000, t % 1000) for t, v in points]
        return "\n".join(lines) + "\n# EOF\n"


class Expressions:
    FUNCTIONS = ["rate", "increase", "irate", "delta", "avg_over_time", "max_over_time",
                 "min_over_time", "sum_over_time", "count_over_time", "last_over_time"]
    SELECTORS = ["http_requests_total", 'http_requests_total{job="web"}',
                 'http_requests_total{job!="web"}', 'http_requests_total{code=~"2..|3.*"}',
                 'http_requests_total{instance!~"h[01].*"}', 'http_requests_total{job=~"we"}',
                 '{__name__=~"young.*|short.*"}', '{job="api",__name__!~"x"}', "resetting_total",
                 "young_total", "gap_total", "dead_total", "jitter_total", "constant_total",
                 "short_total", "single_total", "temperature", "humidity", "decimal", "strange",
                 "big", "nan_first", "absent_metric", 'temperature{floor="0"}',
                 'temperature{nope=""}', "{room=~'r[0-2]', floor!='1'}", '{i="0"}', "humidity{}"]
    LABELS = ["job", "instance", "code", "i", "room", "floor", "nope", "__name__"]
    ARITHMETIC = ["+", "-", "*", "/", "%", "^"]
    COMPARISON = ["==", "!=", "<", ">", "<=", ">="]
    NUMBERS = ["0", "1", "2.5", "-3", "1e3", "0x1F", "017", ".5", "Inf", "-Inf", "NaN", "100", "20"]

    def __init__(self, rng):
        self.rng = rng

    def vector(self, depth):
        kind = self.rng.randrange(9 if depth > 0 else 3)
        selector = self.rng.choice(self.SELECTORS)
        if kind == 0:
            return selector
        if kind <= 2:
            return "%s(%s[%s])" % (self.rng.choice(self.FUNCTIONS), selector,
                                   self.rng.choice(RANGES))
        if kind <= 4:
            return self.aggregation(depth)
        if kind == 5:
            return "%s(%s)" % (self.rng.choice(["-", "+", ""]), self.vector(depth - 1))
        if kind == 6:
            return self.pair(depth)
        sides = [self.vector(depth - 1), self.scalar(depth - 1)]
        self.rng.shuffle(sides)
        return "(%s)" % (" %s " % self.operator()).join(sides)

    def aggregation(self, depth):
        labels = ", ".join(self.rng.sample(self.LABELS, self.rng.randrange(4)))
        grouping = self.rng.choice(["", " by (%s)" % labels, " without (%s)" % labels])
        op = self.rng.choice(["sum", "avg", "min", "max", "count", "SUM"])
        return "%s%s (%s)" % (op, grouping, self.vector(depth - 1))

    def pair(self, depth):
        matching = self.rng.choice(["", "", " on (room)", " ignoring (code)", " on (i, job)"])
        sides = ["temperature", "avg_over_time(humidity[%s])" % self.rng.choice(RANGES)]
        if self.rng.random() < 0.4:
            sides = [self.vector(depth - 1), self.vector(depth - 1)]
        return "(%s %s%s %s)" % (sides[0], self.operator(), matching, sides[1])

    def operator(self):
        if self.rng.random() < 0.6:
            return self.rng.choice(self.ARITHMETIC)
        return self.rng.choice(self.COMPARISON) + self.rng.choice(["", " bool"])

    def scalar(self, depth):
        if depth <= 0 or self.rng.random() < 0.6:
            return self.rng.choice(self.NUMBERS)
        operator = self.operator()
        if operator in self.COMPARISON:
            operator += " bool"
        return "%s %s %s" % (self.scalar(depth - 1), operator, self.scalar(depth - 1))

    def any(self):
        return self.vector(3) if self.rng.random() < 0.95 else self.scalar(3)


WRONG = ["", "(", "rate(x)", "rate(x[5m)", "sum(1)", "1 + ", "x[5m] + 1", "foo bar", "{}", '{a=~".*"}',
         'x{a=~"("}', "sum by (a b) (x)", "1 == 1", "x and 1", "rate(x[0s])", "unknown(x)", "x{a=1}",
         "x{__name__='y'}", "1 + bool 2", "x == on() 1", "-'a'", "rate(x[5m], 1)", "5m", "x[5]",
         "x offset", "0x", "1e", "'abc", "x\"", "sum(x", "by(x)", "2 ^ bool 3", "x[5m:1m", "1..2"]
FIXED = ["'a \"string\"'", "`raw\\n`", "\"\\u00e9<&>\\t\"", "-1 ^ 2", "2 ^ 3 ^ 2", "-2 ^ -1 ^ 2", "1 - 2 - 3",
         "2 * 3 % 4", "1 + 2 * 3 ^ 2 == bool 19", "temperature[1m]", "strange[45s]", "((resetting_total[1m]))",
         "sum(rate(http_requests_total[1m]))", "rate((http_requests_total[1m]))", "# comment\n1 # two\n+ 1",
         "sum without () (temperature)", "sum by () (temperature)", "count({__name__=~'.+'})", "by", "inf > bool nan",
         "max_over_time(nan_first[2m])", "sum(big)", "avg(big)", "avg_over_time(big[5m])", "sum_over_time(decimal[5m])",
         "temperature > 20 < 25", "1 + 2 + temperature", "temperature == temperature", "temperature != bool humidity",
         "rate({i=\"0\"}[1m])", "-{i=\"0\"}", "last_over_time({i=\"0\"}[1m])", "rate({job=~\".+\"}[17m])"]


class Prometheus:
    def __init__(self, directory, text):
        self.directory = directory
        page = os.path.join(directory, "data.om")
        with open(page, "w") as file:
            file.write(text)
        storage = os.path.join(directory, "tsdb")
        subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", "-q", page, storage],
                       check=True, stdout=subprocess.DEVNULL)
        config = os.path.join(directory, "prometheus.yml")
        with open(config, "w") as file:
            file.write("scrape_configs: []\n")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = open(os.path.join(directory, "log"), "w")
        self.process = subprocess.Popen(
            ["prometheus", "--config.file=" + config, "--storage.tsdb.path=" + storage,
             "--storage.tsdb.retention.time=3650d", "--log.level=warn",
             "--web.listen-address=127.0.0.1:%d" % self.port],
            stdout=self.log, stderr=subprocess.STDOUT)

    def wait(self):
        for _ in range(300):
            try:
                with urllib.request.urlopen("http://127.0.0.1:%d/-/ready" % self.port, timeout=5):
                    return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("Prometheus is not ready after 15 s")

    def ask(self, request):
        path = "query" if "time" in request else "query_range"
        body = urllib.parse.urlencode(request).encode()
        url = "http://127.0.0.1:%d/api/v1/%s" % (self.port, path)
        try:
            with urllib.request.urlopen(url, data=body, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refusal:
            return json.load(refusal)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.log.close()


class Tool:
    def __init__(self, tool, directory):
        self.process = subprocess.Popen([tool, "2", os.path.join(directory, "data.om")], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=1)

    def ask(self, request):
        query = request["query"].replace("\n", "\n")
        fields = [request["time"]] if "time" in request else [
            request["start"], request["end"], request["step"]]
        self.process.stdin.write("\t".join(fields + [request["query"].replace("\n", "\x1e")]) + "\n")
        return json.loads(self.process.stdout.readline())

    def stop(self):
        self.process.stdin.close()
        self.process.wait(10)


def points(item):
    return item["values"] if "values" in item else [item["value"]]


def same_number(a, b, tolerated):
    if a == b:
        return True
    x, y = float(a), float(b)
    return tolerated == math.inf or abs(x - y) <= tolerated * max(abs(x), abs(y))


def same_result(theirs, ours, tolerated):
    if theirs["resultType"] in ("scalar", "string"):
        return theirs["result"][0] == ours["result"][0] and same_number(
            theirs["result"][1], ours["result"][1], tolerated)
    left = {json.dumps(item["metric"], sort_keys=True): points(item) for item in theirs["result"]}
    right = {json.dumps(item["metric"], sort_keys=True): points(item) for item in ours["result"]}
    if left.keys() != right.keys():
        return False
    return all(
        [t for t, _ in left[key]] == [t for t, _ in right[key]] and
        all(same_number(a[1], b[1], tolerated) for a, b in zip(left[key], right[key])) for key in left)


def tolerance(request):
    query = request["query"]
    if "^" in query and "%" in query:
        return math.inf
    is_order_random = "step" in request and re.search("sum|avg", query, re.IGNORECASE)
    return 1e-11 if "^" in query or is_order_random else 0.0


def alike(theirs, ours, request):
    if theirs["status"] != ours["status"]:
        return False
    if theirs["status"] == "error":
        return theirs["errorType"] == ours["errorType"]
    if theirs["data"]["resultType"] != ours["data"]["resultType"]:
        return False
    return same_result(theirs["data"], ours["data"], tolerance(request))


def requests(rng, count):
    queries = WRONG + FIXED + [Expressions(rng).any() for _ in range(count)]
    for query in queries:
        at = START + rng.choice([rng.randrange(1000, 2900), rng.randrange(0, LENGTH + 400), 15 * rng.randrange(0, 250)])
        fraction = rng.choice(["", "", ".001", ".999", ".5"])
        yield {"query": query, "time": "%d%s" % (at, fraction)}
        if rng.random() < 0.25:
            start = START + rng.randrange(0, 3000)
            yield {"query": query, "start": str(start), "end": str(start + rng.randrange(0, 900)),
                   "step": rng.choice(["15", "30", "7", "1m"])}


def compare(prometheus, tool, count, seed):
    counts = {"alike": 0, "errors": 0, "empty": 0, "different": 0}
    for request in requests(random.Random(seed), count):
        theirs, ours = prometheus.ask(request), tool.ask(request)
        if not alike(theirs, ours, request):
            counts["different"] += 1
            if counts["different"] <= 20:
                print("DIFFERENT %s\n  prometheus: %s\n  ours:       %s" % (
                    json.dumps(request), json.dumps(theirs)[:600], json.dumps(ours)[:600]))
            continue
        counts["alike"] += 1
        counts["errors"] += theirs["status"] == "error"
        counts["empty"] += theirs["status"] == "success" and theirs["data"]["result"] == []
    return counts


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("tool")
    arguments.add_argument("--count", type=int, default=1000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments = arguments.parse_args()
    if not shutil.which("prometheus") or not shutil.which("promtool"):
        print("no prometheus or promtool on this machine")
        return 77
    with tempfile.TemporaryDirectory() as directory:
        prometheus = Prometheus(directory, Data(random.Random(arguments.seed)).openmetrics())
        try:
            prometheus.wait()
            tool = Tool(arguments.tool, directory)
            counts = compare(prometheus, tool, arguments.count, arguments.seed)
            tool.stop()
        finally:
            prometheus.stop()
    print("%(alike)d answers alike (%(errors)d errors, %(empty)d empty), %(different)d different" % counts)
    return 1 if counts["different"] or counts["alike"] < arguments.count else 0


if __name__ == "__main__":
    sys.exit(main())
