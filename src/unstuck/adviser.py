"""The adviser: from what you have measured to a category and a configuration.

advise([board, found, waits], Service(requests_per_second=40, cpu_ms=30))

It has no opinion. Each number it gives was measured here, and is cited; where one is missing, old,
from another machine, or contradicts another, the answer is "measure this first", with the call.
"""

import datetime
from dataclasses import replace

from unstuck.adviser_advice import CATEGORIES, FIRST, Advice
from unstuck.adviser_case import Case
from unstuck.adviser_evidence import Evidence, MeasureFirst
from unstuck.adviser_heavy import heavy, in_pods
from unstuck.adviser_light import full, light, untrusted, waiting
from unstuck.adviser_service import Service

__all__ = ["CATEGORIES", "Advice", "Service", "advise"]

_RULES = (full, untrusted, waiting, light, heavy)  # in this order
_ALONE = ("more CPUs", "child with limits", FIRST)  # a platform changes nothing about these


def advise(results: object, service: Service, today: datetime.date | None = None) -> Advice:
    """Return the advice for a service from results: a list of scoreboards, break-evens and so on.

    TypeError where `results` holds what is no result, or `service` is no Service.
    """
    if not isinstance(service, Service):
        raise TypeError(f"give a Service(requests_per_second=..., cpu_ms=...), not {service!r:.40}")
    case = Case(service, Evidence(results, today))
    try:
        advice = next(filter(None, (rule(case) for rule in _RULES)))
        advice = replace(advice, because=(*advice.because, *case.seen.doubts()))
        pods = service.kubernetes and advice.category not in _ALONE
        return in_pods(case, advice) if pods else advice
    except MeasureFirst as first:
        return Advice(FIRST, first.call, (first.why,), measure_first=(first.call,))
