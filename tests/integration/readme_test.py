#!/usr/bin/python3
"""Every TOML sample of the README is a policy file that `tided check` passes, every file it names
exists, and every command it shows is one of the program's."""

import os
import re
import unittest

from harness import Case, run_tided

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))


class Readme(Case):
    @classmethod
    def setUpClass(cls):
        with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
            cls.text = file.read()

    def test_samples_pass_check(self):
        samples = re.findall(r"```toml\n(.*?)```", self.text, re.DOTALL)
        self.assertGreaterEqual(len(samples), 2)
        for number, sample in enumerate(samples, 1):
            with self.subTest(sample=number):
                path = os.path.join(self.directory, f"sample{number}.toml")
                with open(path, "w", encoding="utf-8") as file:
                    file.write(sample)
                code, _, err = run_tided("check", path)
                self.assertEqual(code, 0, err)

    def test_files_it_names_exist(self):
        named = re.findall(r"\]\(([^)#:]+)\)", self.text)
        self.assertTrue(named)
        missing = [name for name in named if not os.path.exists(os.path.join(ROOT, name))]
        self.assertEqual(missing, [])

    def test_commands_it_shows_exist(self):
        shown = set(re.findall(r"^(?:sudo )?tided ([a-z]+)", self.text, re.MULTILINE))
        self.assertTrue(shown)
        for command in shown:
            with self.subTest(command=command):
                self.assertEqual(run_tided(command, "--help")[0], 0)


if __name__ == "__main__":
    unittest.main()
