#!/usr/bin/env python3
"""Relabelling against a real Prometheus: the same rules over the same list of targets must give the
same URLs and labels. Not compared: rules that take __scrape_interval__ away, without which a
Prometheus refuses the target; here all targets have the source's interval. Each rule set is one scrape job of Prometheus and one source of ours.

usage: relabel_differential.py TARGET_TOOL
exit: 0 alike, 1 different, 77 no Prometheus here
"""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

GROUPS = [
    {"targets": ["10.0.0.1:9100", "10.0.0.2:9100", "web-1.example.org:80"],
     "labels": {"zone": "a", "App": "Web", "__meta_x": "one;two", "__meta_pod_label_tier": "gold",
                "instance_name": "A-b_C"}},
    {"targets": ["10.0.0.3:9200", "[::1]:9100", "db.example.org:5432", "10.0.0.1:9100"],
     "labels": {"zone": "b", "dollar": "$1", "space": "a b", "empty": "", "__meta_pod_label_tier": "",
                "__metrics_path__": "/other", "__param_module": "http 2xx", "same": "b"}},
    {"targets": ["10.1.0.%d:9100" % i for i in range(20)], "labels": {"rack": "r7", "same": "x"}},
]


def rule(action=None, **keys):
    return ({"action": action} if action else {}) | keys


SETS = [
    [],
    [rule(source_labels=["zone"], target_label="z")],
    [rule(source_labels=["zone", "App"], target_label="both")],
    [rule(source_labels=["zone", "App"], separator="", target_label="both")],
    [rule(source_labels=["zone", "App"], separator="--", target_label="both", regex="(.*)--(.*)",
          replacement="$2.$1")],
    [rule(source_labels=["__address__"], regex="(.*):(\\d+)", target_label="host")],
    [rule(source_labels=["__address__"], regex="([^:]+):(\\d+)", target_label="host",
          replacement="${1}_${2}")],
    [rule(source_labels=["__address__"], regex="([^:]+):(\\d+)", target_label="host",
          replacement="$1_$2")],
    [rule(source_labels=["__address__"], regex="(?P<host>[^:]+):(?P<port>\\d+)",
          target_label="host", replacement="${host}/$port")],
    [rule(source_labels=["zone"], target_label="cost", replacement="$$1 $$$1 $")],
    [rule(source_labels=["zone"], target_label="cost", replacement="${1 $9 $01 ${}")],
    [rule(target_label="zone", replacement="")],
    [rule(target_label="fixed", replacement="value")],
    [rule(source_labels=["zone"], regex="nothing", target_label="zone", replacement="x")],
    [rule(source_labels=["zone"], regex="(a|b)", target_label="in_${1}", replacement="yes")],
    [rule(source_labels=["space"], regex="(.+)", target_label="l$1", replacement="yes")],
    [rule(source_labels=["__meta_x"], regex="(.*);(.*)", target_label="x", replacement="$2;$1")],
    [rule("keep", source_labels=["zone"], regex="a")],
    [rule("keep", source_labels=["zone"], regex="")],
    [rule("keep", source_labels=["zone"], regex=".+")],
    [rule("keep", source_labels=["__address__"], regex="10.*")],
    [rule("keep", source_labels=["__address__"], regex="10")],
    [rule("keep", source_labels=["__address__"], regex="10|.*9200")],
    [rule("drop", source_labels=["zone", "App"], regex="a;.*|;")],
    [rule("drop", source_labels=["none"], regex="")],
    [rule("keepequal", source_labels=["zone"], target_label="same")],
    [rule("dropequal", source_labels=["zone"], target_label="same")],
    [rule("keepequal", source_labels=["zone"], target_label="none")],
    [rule("hashmod", source_labels=["__address__"], target_label="share", modulus=7)],
    [rule("hashmod", source_labels=["__address__"], target_label="__tmp", modulus=3),
     rule("keep", source_labels=["__tmp"], regex="1")],
    [rule("hashmod", source_labels=["zone", "__address__"], target_label="share",
          modulus=18446744073709551615 // 4)],
    [rule("hashmod", source_labels=["none"], target_label="share", modulus=1000)],
    [rule("labelmap", regex="__meta_pod_label_(.+)")],
    [rule("labelmap", regex="(zone|rack)", replacement="my_${1}_x")],
    [rule("labelmap", regex="([^_])(.*)", replacement="p_$2")],
    [rule("labeldrop", regex="zone|App|__meta.*")],
    [rule("labelkeep", regex="__.*|zone|job")],
    [rule("lowercase", source_labels=["App", "instance_name"], target_label="App")],
    [rule("uppercase", source_labels=["zone"], separator=",", target_label="zone")],
    [rule(source_labels=["__address__"], target_label="instance", regex="(.*):.*")],
    [rule(source_labels=["job"], target_label="job", replacement="all-$1")],
    [rule(target_label="job", replacement="")],
    [rule(target_label="__address__", replacement="proxy:9115"),
     rule(source_labels=["zone"], target_label="__param_target")],
    [rule(target_label="__scheme__", replacement="https"),
     rule(target_label="__metrics_path__", replacement="/a/b")],
    [rule(target_label="__param_x", replacement="a&b=c d/e?")],
    [rule("drop", source_labels=["__address__"], regex="10\\..*"),
     rule(source_labels=["__address__"], regex="(.*):80", target_label="__address__",
          replacement="$1:8080")],
    [rule(target_label="__address__", replacement="one:1"), rule("labelkeep", regex="__.*|job")],
    [rule("keep", source_labels=["zone"], regex="(?i)A")],
    [rule("keep", source_labels=["dollar"], regex="\\$1"),
     rule(source_labels=["dollar"], target_label="copy")],
]


class Prometheus:
    def __init__(self, directory, groups):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        config = os.path.join(directory, "prometheus.yml")
        jobs = [{"job_name": f"r{i}", "file_sd_configs": [{"files": [groups]}],
                 "relabel_configs": rules} for i, rules in enumerate(SETS)]
        with open(config, "w", encoding="utf-8") as file:  # JSON is YAML
            json.dump({"global": {"scrape_interval": "1h", "scrape_timeout": "1s"},
                       "scrape_configs": jobs}, file)
        self.log = open(os.path.join(directory, "log"), "w", encoding="utf-8")
        self.process = subprocess.Popen(
            ["prometheus", "--config.file=" + config, f"--storage.tsdb.path={directory}/tsdb",
             "--log.level=warn", f"--web.listen-address=127.0.0.1:{self.port}"],
            stdout=self.log, stderr=subprocess.STDOUT)

    def targets(self, enough):
        """Its targets once it has found any of the first job, and twice the same."""
        url = f"http://127.0.0.1:{self.port}/api/v1/targets"
        last, end = None, time.monotonic() + 60
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(url, timeout=5) as answer:
                    found = json.load(answer)["data"]["activeTargets"]
                now = sorted((t["scrapePool"], t["scrapeUrl"], json.dumps(t["labels"]))
                             for t in found)
                if now == last and len([t for t in found if t["scrapePool"] == "r0"]) >= enough:
                    return found
                last = now
            except OSError:
                pass
            time.sleep(0.3)
        raise RuntimeError("Prometheus does not find its targets")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.log.close()


def toml_value(value):
    return json.dumps(value, ensure_ascii=False)


def policy_file(groups):
    lines = ["[policy.all]", 'pool = "p"', "min = 1", "max = 2",
             "[provider.x]", 'type = "exec"',
             "[pool.p]", 'provider = "x"', 'observe = ["/bin/true"]', 'apply = ["/bin/true"]']
    for i, rules in enumerate(SETS):
        lines += [f"[source.r{i}]", 'type = "scrape"', f"file_sd = {{ files = [{toml_value(groups)}] }}"]
        for one in rules:
            lines.append(f"[[source.r{i}.relabel]]")
            lines += [f"{key} = {toml_value(value)}" for key, value in one.items()]
    return "\n".join(lines) + "\n"


def ours(tool, directory, groups):
    path = os.path.join(directory, "tided.toml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(policy_file(groups))
    done = subprocess.run([tool, path, groups], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def by_job(entries):
    jobs = {f"r{i}": [] for i in range(len(SETS))}
    for job, url, labels in entries:
        jobs[job].append((url, json.dumps(labels, sort_keys=True)))
    return {job: sorted(set(found)) for job, found in jobs.items()}


def main():
    if shutil.which("prometheus") is None:
        return 77
    with tempfile.TemporaryDirectory() as directory:
        groups = os.path.join(directory, "groups.json")
        with open(groups, "w", encoding="utf-8") as file:
            json.dump(GROUPS, file)
        server = Prometheus(directory, groups)
        try:
            theirs = by_job((t["scrapePool"], t["scrapeUrl"], t["labels"])
                            for t in server.targets(20))
        finally:
            server.stop()
        mine = by_job((t["job"], t["url"], t["labels"])
                      for t in ours(sys.argv[1], directory, groups))
    different = 0
    for i, rules in enumerate(SETS):
        if theirs[f"r{i}"] != mine[f"r{i}"]:
            different += 1
            print(f"rules {rules}")
            print(" theirs only:", *sorted(set(theirs[f"r{i}"]) - set(mine[f"r{i}"]))[:4], sep="\n  ")
            print(" ours only:", *sorted(set(mine[f"r{i}"]) - set(theirs[f"r{i}"]))[:4], sep="\n  ")
    targets = sum(map(len, theirs.values()))
    print(f"{len(SETS)} rule sets, {targets} targets of Prometheus, {different} rule sets differ")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
