#!/usr/bin/python3
"""What scraping costs: tided beside Debian's prometheus and victoria-metrics on the same targets.

    bench_scrape.py BUILD [--targets N] [--interval N] [--warm-up S] [--seconds S] [--tls]
                    [--only NAME]...

BUILD is a release build; the targets are tests/bench/scrape_targets, 200 samples of moving values
each, one connection a target. First the floor: what a blocking client needs that discards the pages,
or walks them and keeps the values. Then each program alone, in turn: pages served by the targets,
CPU of the process, and memory. tided runs twice: with a policy that reads one metric in seven of the
samples, and with one that reads all of them (a Prometheus keeps all of them, on disk too).
With --tls the targets speak TLS and what is shown is the start: the most handshakes at once, how
long until every target was read, and how late the loop was meanwhile.
"""

import argparse
import collections
import http.client
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../integration"))

SAMPLES = 200
FEW = "sum(rate(http_requests_total[1m]))"
ALL = 'count({__name__=~".+"})'
Usage = collections.namedtuple("Usage", "cpu pages when")


def addresses(options):
    return [f"127.1.{i // 250}.{i % 250 + 1}:{options.port}" for i in range(options.targets)]


def tided_toml(options, query):
    scheme = "https" if options.tls else "http"
    tls = f'tls = {{ ca = "file:{options.directory}/certificate", server_name = "bench" }}\n' if options.tls else ""
    targets = ", ".join(f'"{scheme}://{address}/metrics"' for address in addresses(options))
    return f"""
[daemon]
listen = "127.0.0.1:@API@"
control_socket = "@DIR@/control.sock"
state = "@DIR@/state"
interval = "15s"
mode = "dry-run"
[source.app]
type = "scrape"
targets = [{targets}]
interval = "{options.interval}s"
timeout = "{options.interval}s"
{tls}[provider.here]
type = "process_pool"
[pool.p]
provider = "here"
command = ["/bin/true"]
observe_interval = "1h"
[policy.p]
pool = "p"
max = 3
[[policy.p.metric]]
name = "m"
query = '{query}'
source = "app"
target = {{ value = 1e12 }}
"""


def start_tided(query):
    def start(options, directory):
        daemon = options.harness.Daemon(directory, tided_toml(options, query))
        daemon.start()
        return daemon.process
    return start


def prometheus_yaml(options, directory):
    path = os.path.join(directory, "prometheus.yml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"global: {{scrape_interval: {options.interval}s, "
                   f"scrape_timeout: {options.interval}s}}\n"
                   "scrape_configs:\n- job_name: app\n  static_configs:\n  - targets: ["
                   + ", ".join(f"'{address}'" for address in addresses(options)) + "]\n")
    return path


def start_peer(command):
    def start(options, directory):
        words = [word.format(config=prometheus_yaml(options, directory), data=directory + "/data",
                             port=options.harness.free_ports()) for word in command]
        with open(os.path.join(directory, "log"), "wb") as log:
            return subprocess.Popen(words, stdout=log, stderr=log)
    return start


PROGRAMS = {
    "tided, one metric in seven": start_tided(FEW),
    "tided, all": start_tided(ALL),
    "prometheus": start_peer(["prometheus", "--config.file={config}", "--storage.tsdb.path={data}",
                              "--web.listen-address=127.0.0.1:{port}"]),
    "victoria-metrics": start_peer(["victoria-metrics", "-promscrape.config={config}",
                                    "-storageDataPath={data}",
                                    "-httpListenAddr=127.0.0.1:{port}"]),
}


def cpu_seconds(process):
    with open(f"/proc/{process.pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mib(process, key):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(key)) / 1024


def served(options):
    """Pages so far, and the most TLS handshakes at once."""
    if options.tls:
        import ssl
        connection = http.client.HTTPSConnection("127.1.0.1", options.port,
                                                 context=ssl._create_unverified_context())
    else:
        connection = http.client.HTTPConnection("127.1.0.1", options.port)
    connection.request("GET", "/served")
    pages, handshakes = connection.getresponse().read().split()
    connection.close()
    return int(pages), int(handshakes)


def used(options, process):
    return Usage(cpu_seconds(process), served(options)[0], time.monotonic())


def measure(options, name):
    directory = tempfile.mkdtemp(prefix="tided-bench-")
    process = PROGRAMS[name](options, directory)
    try:
        time.sleep(options.warm_up)
        before = used(options, process)
        time.sleep(options.seconds)
        after = used(options, process)
        cpu, pages = after.cpu - before.cpu, after.pages - before.pages
        due = options.targets * (after.when - before.when) / options.interval
        print(f"{name:27} {pages / due:7.2%} of pages  {1e6 * cpu / max(pages, 1):7.1f} us/scrape  "
              f"{1e6 * cpu / max(pages * SAMPLES, 1):5.2f} CPU s/1M samples  "
              f"{cpu / (after.when - before.when):5.3f} core  "
              f"RSS {memory_mib(process, 'VmRSS'):5.0f} MiB, peak "
              f"{memory_mib(process, 'VmHWM'):5.0f}  load {os.getloadavg()[0]:.1f}", flush=True)
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(directory, ignore_errors=True)


def stalls(page, share):
    buckets = sorted((float(line.split('le="')[1].split('"')[0]), float(line.rsplit(" ", 1)[1]))
                     for line in page.splitlines()
                     if line.startswith("tided_loop_stall_seconds_bucket"))
    return next(end for end, count in buckets if count >= share * buckets[-1][1])


def measure_tls_start(options):
    directory = tempfile.mkdtemp(prefix="tided-bench-")
    daemon = options.harness.Daemon(directory, tided_toml(options, FEW))
    try:
        daemon.start()
        while True:
            page = options.harness.http_get(daemon.api, "/metrics", timeout=30)[1]
            if served(options)[0] >= 2 * options.targets or time.monotonic() - daemon.started > 120:
                break
            time.sleep(0.2)
        pages, handshakes = served(options)
        print(f"{pages} pages of {options.targets} TLS targets read after "
              f"{time.monotonic() - daemon.started:.1f} s, at most {handshakes} handshakes at once, "
              f"loop stall p50 <= {stalls(page, 0.5):g} s, p99 <= {stalls(page, 0.99):g} s, "
              f"max <= {stalls(page, 1):g} s, {cpu_seconds(daemon.process):.1f} CPU s")
        for line in page.splitlines():
            if line.startswith(("tided_scrapes_total", "tided_source_lanes")):
                print("   ", line)
    finally:
        daemon.kill()
        shutil.rmtree(directory, ignore_errors=True)


def start_targets(options):
    words = [os.path.join(options.bench, "scrape_targets"), str(options.targets), str(options.port)]
    if options.tls:
        certificate, key = f"{options.directory}/certificate", f"{options.directory}/key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-subj", "/CN=bench", "-addext", "subjectAltName=DNS:bench",
                        "-keyout", key, "-out", certificate], check=True, capture_output=True)
        words += [certificate, key]
    targets = subprocess.Popen(words, stdout=subprocess.PIPE)
    targets.stdout.readline()
    return targets


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("--targets", type=int, default=500)
    parser.add_argument("--interval", type=int, default=1)
    parser.add_argument("--warm-up", type=float, default=20)
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--only", choices=list(PROGRAMS), action="append")
    options = parser.parse_args()
    os.environ["TIDED_BUILD"] = options.build
    options.bench = os.path.join(options.build, "tests/bench")
    import harness
    options.harness, options.port = harness, harness.free_ports()
    options.directory = tempfile.mkdtemp(prefix="tided-bench-")
    targets = start_targets(options)
    try:
        if options.tls:
            measure_tls_start(options)
            return
        floor = subprocess.run([os.path.join(options.bench, "scrape_floor"), str(options.targets),
                                str(options.port), "20"], check=True, capture_output=True, text=True)
        discarded, walked = floor.stdout.split()
        print(f"floor: {discarded} us/scrape discarded, {walked} us/scrape walked and kept")
        for name in options.only or PROGRAMS:
            measure(options, name)
    finally:
        targets.kill()
        targets.wait()
        shutil.rmtree(options.directory, ignore_errors=True)


if __name__ == "__main__":
    main()
