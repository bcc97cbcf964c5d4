#!/usr/bin/python3
"""for_each: whatever a label's value holds, it ends in one safe name, in the API, metrics, journal,
commands and programs, or in a refusal that says why; and values that scraped pages list."""

import os
import signal
import sys
import unittest
import urllib.parse

from harness import FAKES, Case, Page, http_get, run_tided

sys.path.insert(0, FAKES)
from prometheus import FakePrometheus  # noqa: E402

HOSTILE = ["a/b", "a b", "new\nline", 'quo"te', "it's", "back\\slash", "{tenant}", "%", "%2F",
           "[x=y]", "é🌊", "semi;colon|pipe", "$(id)", "&amp;<b>", "*"]
REFUSED = {"": "it is empty", "-rf": "begins with '-'", "x" * 10_000: "bytes long"}


class Hostile(Case):
    """Values of every kind, for programs."""

    def setUp(self):
        super().setUp()
        self.prom = FakePrometheus()
        self.prom.listed = HOSTILE + list(REFUSED)
        self.addCleanup(self.prom.close)
        self.seen = os.path.join(self.directory, "seen")
        script = os.path.join(self.directory, "scale.py")
        with open(script, "w", encoding="utf-8") as file:
            file.write(f"""#!/usr/bin/python3 -S
import os, sys
if sys.argv[1] == "observe":
    print('{{"replicas": 1, "ready": 1}}')
with open({self.seen!r}, "a") as file:
    file.write(repr((sys.argv[2], os.environ["TENANT"])) + "\\n")
""")
        os.chmod(script, 0o755)
        self.toml = f"""
[daemon]
listen = "127.0.0.1:@API@"
control_socket = "@DIR@/control.sock"
state = "@DIR@/state"
interval = "500ms"

[source.prom]
type = "prometheus"
url = "http://127.0.0.1:{self.prom.port}"
interval = "500ms"
timeout = "400ms"

[provider.scripts]
type = "exec"

[pool.tenants]
provider = "scripts"
observe = ["{script}", "observe", "{{tenant}}"]
apply = ["{script}", "apply", "{{tenant}}"]
environment = {{ TENANT = "is {{tenant}}" }}
observe_interval = "1m"

[policy.tenants]
pool = "tenants"
max = 3
for_each = {{ label = "tenant", query = "count by (tenant) (up)", source = "prom", max = 100 }}
"""

    def arguments(self):
        with open(self.seen, encoding="utf-8") as file:
            return set(file.read().splitlines())

    def test_each_value_has_one_safe_name(self):
        daemon = self.daemon(self.toml).start()
        listed = self.eventually(lambda: (lambda found: len(found) == len(HOSTILE) and found)(
            [p["name"] for p in daemon.get("/api/v1/policies")["policies"]]), "an instance each")
        expected = {f"tenants[tenant={urllib.parse.quote(value, safe='~')}]": value
                    for value in HOSTILE}
        self.assertEqual(listed, sorted(expected))
        page = http_get(daemon.api, "/metrics")[1]
        for name in expected:
            self.assertIn(f'tided_policy_max_replicas{{policy="{name}"}} 3', page)
        self.eventually(lambda: self.arguments() ==
                        {repr((value, f"is {value}")) for value in HOSTILE},
                        "each program got its own value")

        for name, value in expected.items():
            with self.subTest(value=value):
                quoted = urllib.parse.quote(name, safe="")
                self.assertEqual(daemon.policy(quoted)["name"], name)
                for said in {name, quoted, *([] if "%" in value else [f"tenants[tenant={value}]"])}:
                    status, out, err = daemon.cli("explain", said)
                    self.assertEqual((status, err), (0, ""), said)
                    self.assertTrue(out.startswith(name + ": "), out)
                self.assertEqual(daemon.cli("pause", quoted, "--reason", "here")[0], 0)
                paused = [p["name"] for p in daemon.get("/api/v1/policies")["policies"]
                          if p["pause"]]
                self.assertEqual(paused, [name], "this one and no other")
                self.assertEqual(daemon.cli("resume", name)[0], 0)
                events = daemon.decisions(policy=quoted, limit=100)
                self.assertTrue({"instance_came", "paused"} <= {e["kind"] for e in events})
                self.assertEqual({e["policy"] for e in events}, {name})
        self.assertEqual(daemon.cli("explain", "tenants[tenant=a%252Fb]")[0], 1)

        self.assertEqual(daemon.metrics()[
            'tided_template_values_refused{policy="tenants",reason="unfit"}'], len(REFUSED))
        for why in REFUSED.values():
            self.assertEqual(len([line for line in daemon.log().splitlines()
                                  if "no instance for tenant" in line and why in line]), 1, why)
        self.assertLess(max(map(len, daemon.log().splitlines())), 1000)
        daemon.signal(signal.SIGKILL)
        daemon.wait()
        self.prom.status = 500
        daemon.start()
        self.assertEqual([p["name"] for p in daemon.get("/api/v1/policies")["policies"]], listed)

    def test_once_and_check(self):
        daemon = self.daemon(self.toml)
        status, out, _ = run_tided("check", daemon.config)
        self.assertEqual(status, 0)
        self.assertIn("policy tenants is a template: it and pool tenants once for each value of "
                      "tenant that source prom lists, 100 at most\n", out)
        status, out, err = run_tided("run", "--once", "--config", daemon.config)
        self.assertEqual(status, 0, err)
        self.assertEqual(len(out.splitlines()), len(HOSTILE))
        status, out, _ = run_tided("step", "--config", daemon.config, "--policy",
                                   "tenants[tenant=a%2Fb]", text="""{"now":1,"readings":{},\
"observed":{"replicas":9}}\n""")
        self.assertEqual((status, out.split(",")[1]), (0, '"desired":3'))


class Scraped(Case):
    """The values of pages that the daemon reads itself."""

    def test_pages_that_fail_take_nothing_away(self):
        one, two = Page({'x{tenant="a"}': 1}), Page({'x{tenant="b"}': 1})
        for page in (one, two):
            self.addCleanup(page.close)
        daemon = self.daemon(f"""
[daemon]
listen = "127.0.0.1:@API@"
control_socket = "@DIR@/control.sock"
state = "@DIR@/state"
interval = "500ms"
[source.pages]
type = "scrape"
interval = "500ms"
timeout = "400ms"
targets = ["127.0.0.1:{one.port}", "127.0.0.1:{two.port}"]
[provider.scripts]
type = "exec"
[pool.tenants]
provider = "scripts"
observe = ["/bin/echo", '{{"replicas": 1}}', "{{tenant}}"]
apply = ["/bin/true"]
[policy.tenants]
pool = "tenants"
max = 3
for_each = {{ label = "tenant", query = "count by (tenant) (x)", source = "pages", max = 9, \
grace = "2s" }}
""").start()

        def names():
            return [p["name"] for p in daemon.get("/api/v1/policies")["policies"]]

        both = ["tenants[tenant=a]", "tenants[tenant=b]"]
        self.eventually(lambda: names() == both, "one of each page")
        two.up = False
        self.always(lambda: names() == both, "a page that answers 500", 4)
        one.values['x{tenant="c"}'] = 1
        self.eventually(lambda: names() == [*both, "tenants[tenant=c]"], "others still come")
        two.up, two.values = True, {}
        one.values['x{tenant="c"}'] = 1
        self.eventually(lambda: names() == ["tenants[tenant=a]", "tenants[tenant=c]"], "b goes")


if __name__ == "__main__":
    unittest.main()
