#!/usr/bin/python3
"""The bash completion: policies are read from what `tided status` prints and from nothing else in
it, commands and options are those of the program, and tided(8) has a section for each command."""

import os
import re
import subprocess
import unittest

from harness import TIDED, Case, pool_toml, run_tided

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
COMPLETION = os.path.join(ROOT, "systemd/completion/tided.bash")
FAKE = """#!/bin/sh
[ "$*" = "status --all$FAKE_OPTIONS" ] || exit 1
cat <<'STATUS'
tided 0.1.0, mode act, up 1m, /etc/tided/tided.toml
the last reload was refused:
tided.toml:1:1: error: unknown key
   1 | POLICY = 3
frozen: most sources and providers are silent at once: nothing is scaled
source page (scrape): 1 of 1 fail: connection refused
provider here (process_pool): answers

POLICY  POOL  MODE  CURRENT  READY  DESIRED  MIN  MAX  WHY
web     web   act   3        3      3        2    40   stays at 3
worker  pool  act   -        -      -        1    4    -
STATUS
"""


def commands():
    """The commands that `tided --help` lists."""
    part = run_tided("--help")[1].split("Subcommands:\n", 1)[1]
    return re.findall(r"^  ([a-z]+) ", part, re.MULTILINE)


def options(command):
    """The long options that `tided COMMAND --help` lists."""
    part = run_tided(command, "--help")[1].split("Options:\n", 1)[1].split("\n\n")[0]
    return re.findall(r"^  (?:-\w,)?(--[a-z-]+)", part, re.MULTILINE)


class Completion(Case):
    def setUp(self):
        super().setUp()
        self.program = os.path.join(self.directory, "tided")
        with open(self.program, "w", encoding="utf-8") as file:
            file.write(FAKE)
        os.chmod(self.program, 0o755)

    def offers(self, *words, program=None, **environment):
        """What is offered for the last of `words`."""
        script = (f'. "{COMPLETION}"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tided; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "-c", script, "-", program or self.program, *words],
                              capture_output=True, text=True, check=False,
                              env={**os.environ, **environment})
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_policies_and_no_other_word_of_status(self):
        for command in ("explain", "pause", "resume", "approve"):
            self.assertEqual(self.offers(command, ""), ["web", "worker"])
            self.assertEqual(self.offers(command, "wo"), ["worker"])
        self.assertEqual(self.offers("step", "--policy", ""), ["web", "worker"])

    def test_policies_of_the_daemon_that_the_line_names(self):
        self.assertEqual(self.offers("explain", "--socket", "/s", "", FAKE_OPTIONS=" --socket /s"),
                         ["web", "worker"])
        self.assertEqual(self.offers("explain", "--socket", "/s", ""), [])

    def test_policies_of_a_real_daemon(self):
        daemon = self.daemon(pool_toml(self.page(load=5))).start()
        self.eventually(lambda: self.offers(
            "pause", "--socket", daemon.socket, "", program=TIDED)
            == ["web"], "the policy is offered")

    def test_commands_are_those_of_the_program(self):
        offered = [word for word in self.offers("") if not word.startswith("-")]
        self.assertEqual(sorted(offered), sorted(commands()))

    def test_options_are_those_of_each_command(self):
        for command in commands():
            with self.subTest(command=command):
                self.assertEqual(sorted(self.offers(command, "-")), sorted(options(command)))

    def test_values(self):
        self.assertEqual(self.offers("parse", "--format", ""), ["text", "openmetrics"])
        self.assertEqual(self.offers("state", ""), ["export", "import"])
        self.assertEqual(self.offers("pause", "web", "--reason", ""), [])
        self.assertIn(self.program, self.offers("check", self.program[:-1]))

    def test_the_manual_has_a_section_for_each_command(self):
        with open(os.path.join(ROOT, "systemd/man/tided.8"), encoding="utf-8") as file:
            part = file.read().split(".SH COMMANDS\n", 1)[1].split("\n.SH ", 1)[0]
        told = re.findall(r"^\.TP\n(?:\\fB|\.B )([a-z]+)", part, re.MULTILINE)
        self.assertEqual(sorted(set(told)), sorted(commands()))


if __name__ == "__main__":
    unittest.main()
