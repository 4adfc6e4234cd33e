"""The panels of choosing without a browser: what they are given, and what they say."""

import asyncio

import pytest
from choosing_cases import board, found, waits

from unstuck import labs
from unstuck.adviser import Service, advise
from unstuck.decision import nodes
from unstuck.labs.adviser_panel import AdviserPanel, advice_html
from unstuck.labs.decision_panel import DecisionPanel

RESULTS = [found(), board(), waits()]


def in_loop(function):
    """Run a test's function in a loop, as a cell does."""

    async def bounded():
        async with asyncio.timeout(30):
            await function()

    asyncio.run(bounded())


def test_the_tree_is_given_to_the_browser_with_the_cited_numbers():
    panel = DecisionPanel(RESULTS)
    assert panel.nodes == nodes(RESULTS)
    assert "40/s" in str(panel.nodes["gil"]["answers"])
    assert DecisionPanel().nodes["gil"]["answers"][0][2].startswith("not measured yet")


def test_a_path_of_numbers_is_told_in_words():
    panel = DecisionPanel(RESULTS)
    panel.path = [1, 1, 1]
    assert panel.answers == ["yes", "our own", "it computes"]
    assert "Next: How long is a task" in panel.text
    panel.path = [0, 5, 7]  # beyond an end
    assert panel.answers == ["no"]
    panel.path = [9]
    assert panel.answers == []


def test_other_results_are_shown_on_the_same_path():
    panel = DecisionPanel()
    panel.path = [1]
    panel.show(RESULTS)
    assert panel.path == [1]
    assert "40/s" in str(panel.nodes["waits"])


def test_an_object_that_is_no_result_is_refused():
    with pytest.raises(TypeError, match="results of the course"):
        DecisionPanel(["a board"])


def test_a_repr_is_one_sentence_without_an_address():
    assert repr(DecisionPanel()) == (
        "Decision tree: run this cell in JupyterLab to bring it to life."
    )


def test_the_form_asks_the_adviser():
    async def test():
        panel = AdviserPanel(RESULTS)
        assert "Predict" in panel.status or "predict" in panel.status
        panel.rate.value, panel.cpu.value = 5, 0.2
        panel.ask.click()
        await asyncio.sleep(0.01)
        assert panel.advice.category == "stay inline"
        assert "Advice: stay inline." in panel.status
        assert "answer = func(*args)" in panel.shown.value
        assert "It would change" in panel.shown.value

    in_loop(test)


def test_absurd_numbers_are_told_and_the_old_advice_goes():
    async def test():
        panel = AdviserPanel(RESULTS)
        panel.cpu.value = -3
        panel.ask.click()
        await asyncio.sleep(0.01)
        assert panel.advice is None
        assert panel.shown.value == ""
        assert 'role="alert"' in panel.status
        assert "cpu_ms is a number, 0 or more" in panel.status

    in_loop(test)


def test_without_results_it_says_what_to_measure():
    async def test():
        panel = AdviserPanel()
        panel.ask.click()
        await asyncio.sleep(0.01)
        assert "await find_breakeven()" in panel.shown.value
        panel.show(RESULTS)
        for box in panel.flags.values():
            box.value = False
        panel.cpu.value = 0.1
        panel.ask.click()
        await asyncio.sleep(0.01)
        assert panel.advice.category == "stay inline"

    in_loop(test)


def test_every_flag_of_the_form_is_a_field_of_the_service():
    async def test():
        panel = AdviserPanel()
        for name, box in panel.flags.items():
            box.value = True
            assert getattr(panel.service, name) is True
        panel.server.value, panel.runtime.value = "granian", "node"
        assert panel.service.server == "granian"
        assert panel.service.runtime == "node"

    in_loop(test)


def test_html_of_an_advice_is_escaped():
    page = advice_html(advise([found(machine="<b>")], Service(10, 0.2)))
    assert "<b>" not in page
    assert "&lt;b&gt;" in page


def test_both_panels_open_from_labs_and_name_what_does_the_same(monkeypatch, capsys):
    async def test():
        assert isinstance(labs.decision(RESULTS), DecisionPanel)
        assert isinstance(labs.adviser(RESULTS), AdviserPanel)

    in_loop(test)
    monkeypatch.setattr(labs, "runtime_problem", lambda: "No processes here.")
    assert labs.decision() is None
    assert labs.adviser() is None
    assert "No processes here." in capsys.readouterr().out
