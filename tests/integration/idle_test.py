#!/usr/bin/python3
"""What an idle daemon costs: ten policies, start to ready, memory, share of a core. Prints the
figures; memory and share are asserted, the time to ready is not, since the machine is shared."""

import os
import time
import unittest

from harness import Case

SANITIZED = "asan" in os.environ.get("TIDED_BUILD", "") or "tsan" in os.environ.get(
    "TIDED_BUILD", "")


def ten_policies(port):
    text = f"""
[daemon]
listen = "127.0.0.1:@API@"
control_socket = "@DIR@/control.sock"
state = "@DIR@/state"

[source.page]
type = "scrape"
targets = ["127.0.0.1:{port}"]

[provider.here]
type = "process_pool"
"""
    for i in range(10):
        text += f"""
[pool.p{i}]
provider = "here"
command = ["/bin/sleep", "500000{{index}}"]

[policy.p{i}]
pool = "p{i}"
min = 1
max = 5
[[policy.p{i}.metric]]
name = "load"
query = "sum(load)"
source = "page"
target = {{ average_value = 10 }}
"""
    return text


class Idle(Case):
    def test_cost(self):
        page = self.page(load=5)
        daemon = self.daemon(ten_policies(page.port)).start(ready=False)
        ready = daemon.wait_ready()
        self.eventually(lambda: len(daemon.get("/api/v1/policies")) > 0, "policies are shown")
        asked = self.eventually(lambda: page.asked, "a first fetch")
        before, start = self.processor(daemon), time.monotonic()
        self.eventually(lambda: page.asked >= asked + 2, "two fetches while idle")
        share = (self.processor(daemon) - before) / (time.monotonic() - start)
        resident = self.resident(daemon)
        print(f"idle with 10 policies: RSS {resident / 1024:.1f} MiB, {share:.2%} of a core, "
              f"start to ready {ready * 1000:.0f} ms")
        if not SANITIZED:
            self.assertLess(resident, 20 * 1024, "KiB resident")
            self.assertLess(share, 0.05)

    @staticmethod
    def resident(daemon):
        with open(f"/proc/{daemon.process.pid}/status", encoding="utf-8") as file:
            return int(next(line for line in file if line.startswith("VmRSS")).split()[1])

    @staticmethod
    def processor(daemon):
        with open(f"/proc/{daemon.process.pid}/stat", encoding="utf-8") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    unittest.main()
