"""Auditing tells what is known from what could not be asked."""

import importlib
import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))
audit = importlib.import_module("audit")

SAFE = {"name": "a", "version": "1", "vulns": []}
UNSAFE = {"name": "b", "version": "2", "vulns": [{"id": "X-1"}, {"id": "X-2"}]}
UNKNOWN = {"name": "c", "skip_reason": "not found"}


def npm(vulnerabilities: dict) -> str:
    return json.dumps(
        {"vulnerabilities": vulnerabilities, "metadata": {"dependencies": {"total": 3}}}
    )


def test_an_advisory_is_named_with_its_package():
    found, sentence = audit.python_verdict(json.dumps({"dependencies": [SAFE, UNSAFE, UNKNOWN]}))
    assert found == ["b 2: X-1", "b 2: X-2"]
    assert sentence == "Python: 2 advisories for 2 of 3 packages."
    assert audit.node_verdict(npm({"d": {"severity": "high"}})) == (
        ["d: high"],
        "Node.js: 1 advisories for 3 packages.",
    )


def test_packages_that_nobody_knows_are_not_called_safe():
    found, sentence = audit.python_verdict(json.dumps({"dependencies": [UNKNOWN, UNKNOWN]}))
    assert (found, sentence[:24]) == ([], "Python: cannot tell here")


@pytest.mark.parametrize("text", ["", "no JSON", "[]", "{}", '{"message": "405"}'])
def test_an_answer_that_is_none_is_told(text):
    for verdict in (audit.python_verdict(text), audit.node_verdict(text)):
        assert verdict[0] == []
        assert audit.CANNOT_TELL in verdict[1]


@pytest.mark.parametrize(
    ("python", "node", "code"),
    [
        (json.dumps({"dependencies": [SAFE]}), npm({}), 0),
        (json.dumps({"dependencies": [UNSAFE]}), npm({}), 1),
        ("", npm({"d": {"severity": "low"}}), 1),
        ("", "", 0),
    ],
)
def test_it_fails_only_where_an_advisory_names_a_package(monkeypatch, capsys, python, node, code):
    monkeypatch.setattr(audit, "said", lambda argv, folder=None: node if folder else python)
    assert audit.main() == code
    assert len(capsys.readouterr().out.splitlines()) >= 2


def test_a_program_that_is_missing_says_nothing():
    assert audit.said(["no such program"]) == ""
    assert audit.said(None) == ""
