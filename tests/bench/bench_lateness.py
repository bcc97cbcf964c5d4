#!/usr/bin/python3
"""How late 10,000 policies get their answers from one Prometheus that takes 100 ms for each.

    bench_lateness.py TIDED [--policies N] [--seconds N] [--interval N] [--delay S]

Three fleets: all of one template (common queries of 200 values), all of a hundred different queries
(each asked once), and each with a query of its own that cannot share (the bound that concurrency
sets: two requests for each). Printed per fleet: HTTP requests per interval, the most connections,
lateness (from when a fetch was due to its answer, p99, as a bucket's upper end), and the age of the
readings (p99 over the policies; the interval and the server's time are in it). The server is a fake
in Python in the same machine; the daemon runs in dry-run.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../fakes"), os.path.join(HERE, "../integration")]

FLEETS = {
    "one template": lambda i: f'sum(rate(x{{tenant="t{i}"}}[1m]))',
    "100 queries": lambda i: f'sum(rate(x{{tenant="t{i % 100}"}}[1m])) or vector(0)',
    "each its own": lambda i: f'sum(rate(x{{tenant="t{i}"}}[1m])) or vector(0)',
}


def fleet_toml(port, policies, interval, query):
    head = f"""
[daemon]
listen = "127.0.0.1:@API@"
control_socket = "@DIR@/control.sock"
state = "@DIR@/state"
interval = "{interval}s"
[source.prom]
type = "prometheus"
url = "http://127.0.0.1:{port}"
[provider.here]
type = "process_pool"
"""
    return head + "".join(f"""
[pool.p{i}]
provider = "here"
command = ["/bin/true"]
observe_interval = "1h"
[policy.p{i}]
pool = "p{i}"
max = 3
[[policy.p{i}.metric]]
name = "m"
query = '{query(i)}'
source = "prom"
max_age = "1h"
target = {{ value = 1 }}
""" for i in range(policies))


def late(metrics, before, share):
    """The upper end of the bucket in which `share` of the fetches since `before` were answered."""
    buckets = []
    for name, count in metrics.items():
        if name.startswith("tided_scrape_lateness_seconds_bucket"):
            end = name.split('le="')[1].split('"')[0]
            buckets.append((float(end), count - before.get(name, 0)))
    buckets.sort()
    return next(end for end, count in buckets if count >= share * buckets[-1][1])


def page(case, daemon):
    lines = case.http_get(daemon.api, "/metrics", timeout=60)[1].splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def measure(case, name, options):
    from prometheus import FakePrometheus
    server = FakePrometheus(delay=options.delay)
    directory = tempfile.mkdtemp(prefix="tided-bench-")
    daemon = case.Daemon(directory, fleet_toml(server.port, options.policies, options.interval,
                                               FLEETS[name]))
    try:
        daemon.start(ready=False)
        case.PATIENCE = 120
        started = daemon.wait_ready()
        page(case, daemon)  # comes when ten thousand process pools have looked for old children
        time.sleep(3 * options.interval)
        before, asked = page(case, daemon), len(server.asked)
        time.sleep(options.seconds)
        after = page(case, daemon)
        requests = (len(server.asked) - asked) * options.interval / options.seconds
        ages = sorted(value for key, value in after.items()
                      if key.startswith("tided_policy_metric_age_seconds"))
        cpu = "process_cpu_seconds_total"
        print(f"{name:13} {requests:8.0f} requests per {options.interval} s  "
              f"{server.most_open:3} connections  "
              f"lateness p99 <= {late(after, before, 0.99):g} s  "
              f"{len(ages):6} readings, age p50 {ages[len(ages) // 2]:.2f} s "
              f"p99 {ages[int(len(ages) * 0.99)]:.2f} s  "
              f"daemon {(after[cpu] - before[cpu]) / options.seconds:.2f} core, "
              f"started in {started:.1f} s", flush=True)
    finally:
        daemon.kill()
        server.close()
        shutil.rmtree(directory, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tided")
    parser.add_argument("--policies", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--interval", type=int, default=5)
    parser.add_argument("--delay", type=float, default=0.1)
    parser.add_argument("--fleet", choices=list(FLEETS), action="append")
    options = parser.parse_args()
    os.environ["TIDED_BUILD"] = os.path.dirname(os.path.abspath(options.tided))
    import harness
    for name in options.fleet or FLEETS:
        measure(harness, name, options)


if __name__ == "__main__":
    main()
