"""What a learner may give to a function by mistake: values to fuzz with, and what is asked then."""

from how_often import LONG
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from unstuck.children import ChildFailed

EXAMPLES = 200 if LONG else 15
MANY = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NAMED = (ValueError, TypeError, ChildFailed)  # the package's own errors are kinds of these


class Rude:
    """What a learner's own class may do."""

    def __eq__(self, other):
        raise ZeroDivisionError("rude")

    __hash__ = None

    def __repr__(self):
        return "a rude value"


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
HUGE = st.sampled_from([10**400, -(10**400), 2**63, float("nan"), float("inf"), 1j, b"x", ...])
ODD = st.sampled_from([len, int, lambda: 1, object(), Rude(), range(3)])
NESTED = st.recursive(
    PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=6
)
ANY = PLAIN | HUGE | ODD | NESTED
SIZED = st.integers(-(10**9), 10**9) | st.floats() | st.text(max_size=9) | ODD | st.none()


def answers_or_refuses(function, value) -> None:
    said = "answered"
    try:
        function(value)
    except NAMED as error:
        said = str(error)
    assert len(said) > 5, "the error says nothing"
