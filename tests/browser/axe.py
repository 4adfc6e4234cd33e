"""axe-core on a page of Chromium: what it finds serious or critical, a sentence each."""

from axe_playwright_python.sync_playwright import Axe

GRAVE = ("serious", "critical")


def grave(page, selector: str | None = None, rules: tuple[str, ...] = ()) -> list[str]:
    """Return the serious and critical findings in the page, or in what `selector` names alone.

    `rules` are asked alone where given. axe is put into the page first. A selector that finds
    nothing is an AssertionError.
    """
    assert selector is None or page.locator(selector).count(), f"nothing is {selector}"
    options = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
    found = Axe().run(page, selector, options).response["violations"]
    return [_sentence(rule, node) for rule in found for node in rule["nodes"] if _counts(rule)]


def _counts(rule: dict) -> bool:
    return rule["impact"] in GRAVE


def _sentence(rule: dict, node: dict) -> str:
    why = " ".join(node.get("failureSummary", "").split())
    return f"{rule['id']} ({rule['impact']}) at {node['target']}: {node['html'][:160]}: {why[:300]}"
