#!/usr/bin/env python3
"""Joins the tests of several build folders into one, so that one ctest runs them and sums them up at the end.

  merge_ctest.py OUT [NAME=BUILD_DIR;LABEL_REGEX[;VARIABLE=VALUE]...]...

Writes OUT/CTestTestfile.cmake. Tests of the first folder keep their names, those of the others get NAME/ in front.
Tests with the label integration or system run alone.
"""
import json
import os
import subprocess
import sys


def bracket(text):
    level = 1
    while "]" + "=" * level + "]" in text:
        level += 1
    return "[" + "=" * level + "[" + text + "]" + "=" * level + "]"


def tests_of(build_dir, labels):
    command = ["ctest", "--test-dir", build_dir, "-L", labels, "--show-only=json-v1"]
    shown = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(shown)["tests"]


def as_text(value):
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, list):
        return ";".join(str(v).replace(";", "\\;") for v in value)
    return str(value)


def lines_of(prefix, test, environment):
    if "command" not in test:
        raise SystemExit(f"{test['name']} has no command: it is not built")
    name = bracket(prefix + test["name"])
    yield f"add_test({name} {' '.join(bracket(word) for word in test['command'])})"
    properties = {p["name"]: p["value"] for p in test.get("properties", [])}
    labels = list(properties.get("LABELS", []))
    if {"integration", "system"} & set(labels):
        properties["RUN_SERIAL"] = True
    if prefix:
        properties["LABELS"] = [prefix.rstrip("/")]
        for key in ("DEPENDS", "FIXTURES_SETUP", "FIXTURES_REQUIRED", "FIXTURES_CLEANUP"):
            if key in properties:
                properties[key] = [prefix + other for other in properties[key]]
    if environment:
        properties["ENVIRONMENT"] = list(properties.get("ENVIRONMENT", [])) + environment
    for key, value in properties.items():
        yield f"set_tests_properties({name} PROPERTIES {key} {bracket(as_text(value))})"


def main():
    out, count = sys.argv[1], 0
    lines = []
    for position, argument in enumerate(sys.argv[2:]):
        name, _, rest = argument.partition("=")
        build_dir, labels, *environment = rest.split(";")
        for test in tests_of(build_dir, labels or "."):
            lines.extend(lines_of(f"{name}/" if position else "", test, environment))
            count += 1
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "CTestTestfile.cmake"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    print(f"{count} tests")


if __name__ == "__main__":
    main()
