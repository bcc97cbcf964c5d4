#!/usr/bin/env python3
"""The embedded PromQL against a real Prometheus of the 2.x line (dialect 2).

Generates series (steady, resetting, starting near zero, with gaps, irregular, born late, dying
early, NaN and infinite), turns them into a block with promtool, starts Prometheus on it on a
loopback port, asks both sides the same generated expressions, as instant and as range queries, and
compares whole answers. Values must be the same text, with two exceptions in the last places: "^",
since Go and glibc round pow differently (a "%" behind it makes that any number, so then only the
series are compared), and sums and means in range queries, since 2.42 adds the
series of an inner operation there in the random order of a Go map, plainly, so that its own answers
differ from run to run. The mathematical functions differ in their last place likewise.

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

from promql_data import LENGTH, START, Data
from promql_expressions import FIXED, ORDERED, WRONG, Expressions, is_rounded

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


def same_result(theirs, ours, tolerated, ordered):
    if theirs["resultType"] in ("scalar", "string"):
        return theirs["result"][0] == ours["result"][0] and same_number(
            theirs["result"][1], ours["result"][1], tolerated)
    left = {json.dumps(item["metric"], sort_keys=True): points(item) for item in theirs["result"]}
    right = {json.dumps(item["metric"], sort_keys=True): points(item) for item in ours["result"]}
    if list(left) != list(right) if ordered else left.keys() != right.keys():
        return False
    return all(
        [t for t, _ in left[key]] == [t for t, _ in right[key]] and
        all(same_number(a[1], b[1], tolerated) for a, b in zip(left[key], right[key])) for key in left)


def tolerance(request):
    query = request["query"]
    if "^" in query and "%" in query:
        return math.inf
    is_order_random = ("step" in request or ":" in query) and re.search("sum|avg|std|quantile", query, re.IGNORECASE)
    return 1e-11 if is_rounded(query) or is_order_random else 0.0


def alike(theirs, ours, request):
    if theirs["status"] != ours["status"]:
        return False
    if theirs["status"] == "error":
        return theirs["errorType"] == ours["errorType"]
    if theirs["data"]["resultType"] != ours["data"]["resultType"]:
        return False
    ordered = request["query"] in ORDERED and "time" in request
    return same_result(theirs["data"], ours["data"], tolerance(request), ordered)


def requests(rng, count):
    queries = WRONG + FIXED + ORDERED + [Expressions(rng).any() for _ in range(count)]
    for query in queries:
        at = START + rng.choice([rng.randrange(1000, 2900), rng.randrange(0, LENGTH + 400), 15 * rng.randrange(0, 250)])
        fraction = rng.choice(["", "", ".001", ".999", ".5"])
        yield {"query": query, "time": "%d%s" % (at, fraction)}
        # 2.42 moves the window of predict_linear(x[5m] @ t) with the steps of a range query.
        is_moved = "predict_linear" in query and "@" in query
        if rng.random() < 0.25 and not is_moved:
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
