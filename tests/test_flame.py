"""Profiles as flame graphs: the tree, every kind of file, and every kind of file that is none."""

import contextlib
import json
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unstuck import flame_boxes, flame_checks, flame_read
from unstuck.flame import Flame
from unstuck.flame_boxes import boxes_of
from unstuck.flame_calls import Place, grow, walk
from unstuck.flame_chart import flame_chart
from unstuck.flame_collapsed import read_collapsed
from unstuck.flame_names import clean, is_library, is_waiting, place_of
from unstuck.flame_read import NotAProfile, parse_profile, read_profile
from unstuck.flame_speedscope import speedscope, write_speedscope

pytestmark = pytest.mark.once  # Python's version changes nothing here

HOSTILE = '<img src=x onerror="alert(1)">$\\frac{1}{0}$\u202e\x00\n' + "x" * 10_000


def flame_of(*stacks: str) -> Flame:
    return read_collapsed("\n".join(stacks))


def node(number: int, name: str = "f", *children: int, **more) -> dict:
    frame = {"functionName": name, "url": "file:///srv/app/a.js", "lineNumber": 4}
    return {"id": number, "callFrame": frame, "children": list(children), **more}


def cpuprofile(*nodes: dict, samples=(2, 3, 2), deltas=(5, 1000, 2000), end=6005) -> dict:
    times = {"startTime": 0, "endTime": end, "timeDeltas": list(deltas)}
    return {"nodes": list(nodes), "samples": list(samples), **times}


IDLE = {"id": 3, "callFrame": {"functionName": "(idle)", "url": "", "lineNumber": -1}}
TREE = (node(1, "(root)", 2, 3), node(2, "work"), IDLE)


def parsed(document: object) -> Flame:
    return parse_profile(json.dumps(document).encode(), "mine")


def refused(document: object) -> str:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    with pytest.raises(NotAProfile) as caught:
        parse_profile(data, "mine")
    assert str(caught.value).startswith("'mine' cannot be shown. ")
    return str(caught.value)


# the tree


def test_own_time_and_total_time_are_told_apart():
    flame = flame_of("main;work 6", "main 1", "main;work;inner 3")
    assert [(hot.place.name, hot.own, hot.total) for hot in flame.hottest()] == [
        ("work", 6, 9),
        ("inner", 3, 3),
        ("main", 1, 10),
    ]
    assert repr(flame) == "Flame graph of Python: 10 samples; hottest: work, 60.0 %"


def test_a_function_that_calls_itself_is_counted_once():
    hot = flame_of("main;down;down;other;down 4", "main;down 1").hot("down")
    assert (hot.own, hot.total) == (5, 5)


def test_nothing_seen_is_said():
    assert repr(Flame(grow([]))).endswith("it ended too soon to be seen")
    assert flame_chart(Flame(grow([]))).png.startswith(b"\x89PNG")


def test_a_stack_of_ten_thousand_calls_is_no_recursion():
    deep = [Place(f"f{number}") for number in range(10_000)]
    flame = Flame(grow([(deep, 1.0, 0.0)]))
    assert flame.hot("f0").total == 1.0
    assert sum(entering for _, entering in walk(flame.root)) == 10_001
    assert len(boxes_of(flame).boxes) <= flame_boxes.DEEPEST
    assert len(speedscope(flame)["profiles"][0]["samples"][0]) == 10_000


# boxes


def test_a_small_profile_has_a_box_for_each_call_and_no_note():
    drawn = boxes_of(flame_of("main;work 6", "main;rest 4"))
    assert [(box.row, box.start, box.width, box.name) for box in drawn.boxes] == [
        (0, 0, 10, "all"),
        (1, 0, 10, "main"),
        (2, 4, 6, "work"),
        (2, 0, 4, "rest"),
    ]
    assert drawn.note == ""


def test_many_calls_are_merged_and_none_of_their_time_is_lost():
    drawn = boxes_of(flame_of(*(f"main;f{number};g 1" for number in range(3000))), most=100)
    assert len(drawn.boxes) <= 100
    assert sum(box.width for box in drawn.boxes if box.row == 2) == 3000
    assert sum(box.calls for box in drawn.boxes if box.kind == "merged") >= 5900
    assert "of 6002 calls have a box of their own" in drawn.note


def test_a_box_comes_after_its_caller_and_lies_inside():
    drawn = boxes_of(flame_of("a;b;c 3", "a;d 2", "e;b 4", "a;b 1"), most=100)
    last: dict[int, object] = {}
    for box in drawn.boxes:
        if box.row:
            above = last[box.row - 1]
            assert above.start <= box.start
            assert box.start + box.width <= above.start + above.width + 1e-9
        last[box.row] = box


def test_kinds_are_yours_library_and_waiting():
    named = {
        place_of("f", "/srv/app/a.py", 3): False,
        place_of("f", "/usr/lib/python3.14/asyncio/events.py", 3): True,
        place_of("f", r"C:\py\Lib\asyncio\events.py", 3): True,
        place_of("f", "/x/site-packages/starlette/routing.py"): True,
        place_of("f", "/x/site-packages/unstuck/flame.py"): False,
        place_of("f", "file:///a/node_modules/b/c/d.js"): True,
        place_of("f", "node:internal/timers"): True,
        place_of("(idle)"): True,
        place_of("f"): False,
    }
    assert {place: is_library(place) for place in named} == named
    assert is_waiting("(idle)", "")
    assert not is_waiting("work", "")


def test_names_are_made_harmless_and_paths_short():
    place = place_of(HOSTILE, "/srv/secret/app/a.py", -3)
    assert len(place.name) <= 120
    assert "\u202e" not in place.name
    assert "\n" not in place.name
    assert (place.file, place.line, place.where) == ("app/a.py", 0, "app/a.py")
    starlette = "/v/lib/python3.14/site-packages/starlette/routing.py"
    assert place_of("app", starlette).file == "site-packages/starlette/routing.py"
    assert place_of(None, 7, "x") == Place("(anonymous)")
    assert clean(17) == ""


# .cpuprofile


def test_a_cpuprofile_gives_each_sample_the_time_until_the_next():
    flame = parsed(cpuprofile(*TREE))
    assert (flame.runtime, flame.unit, flame.samples) == ("node", "seconds", 3)
    assert flame.hot("work").own == pytest.approx(0.004)
    idle = flame.hot("(idle)")
    assert (idle.own, idle.waited) == (pytest.approx(0.002), pytest.approx(0.002))
    assert flame.hot("work").place == Place("work", "app/a.js", 5)


def test_a_clock_that_goes_back_counts_as_nothing():
    flame = parsed(cpuprofile(*TREE, deltas=(5, -1000, 2000), end=3005))
    assert flame.hot("work").own == pytest.approx(0.002)


def test_one_function_compiled_twice_is_one_box():
    flame = parsed(cpuprofile(node(1, "(root)", 2, 3), node(2, "work"), node(3, "work")))
    assert len(flame.root.children) == 1


def test_an_older_cpuprofile_counts_hits():
    flame = parsed({"nodes": [node(1, "(root)", 2), node(2, "work", hitCount=7)]})
    assert (flame.unit, flame.total) == ("samples", 7)


def test_a_real_cpu_prof_of_node_is_read(needs_node, tmp_path):
    code = "function hot(){let s=0;for(let i=0;i<6e7;i++)s+=i%7;return s} hot()"
    argv = [needs_node, "--cpu-prof", f"--cpu-prof-dir={tmp_path}", "-e", code]
    subprocess.run(argv, check=True, timeout=30, capture_output=True)
    (file,) = tmp_path.glob("*.cpuprofile")
    flame = read_profile(file)
    assert flame.hot("hot").own > 0
    assert flame.unit == "seconds"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"nodes": []}, "no call at all"),
        ({"nodes": {}}, "is no list"),
        ({"nodes": [3]}, "is no object"),
        ({"nodes": [{"id": "1"}]}, "the same number, or one has none"),
        (cpuprofile(node(1), node(1)), "the same number"),
        (cpuprofile(node(1, "(root)", 9), samples=(1, 1, 1)), "child that is not in the file"),
        (cpuprofile(*TREE, samples=(2, 3, 99)), "names a call that is not"),
        (cpuprofile(*TREE, samples=("2", 3, 2)), "names a call that is not"),
        (cpuprofile(node(1, "r", 2), node(2, "f", 1)), "one root"),
        (cpuprofile(node(1), node(2, "f", 3), node(3, "f", 2), samples=(1, 1, 1)), "in a circle"),
        (cpuprofile(node(1, "r", 2, 3), node(2, "f", 3), node(3)), "from two places"),
        (cpuprofile(*TREE, deltas=(1, 2)), "3 samples and 2 times"),
        (cpuprofile(*TREE, deltas=(1, 2, "3")), "no ordinary number"),
        (cpuprofile(*TREE, deltas=(1, 2, 10**400)), "no ordinary number"),
        (cpuprofile(*TREE, end=None), "endTime is no ordinary number"),
        (cpuprofile(*TREE, deltas=(0, 0, 0), end=0), "No time was spent"),
        ({"nodes": [node(1, hitCount=-0)]}, "No time was spent"),
    ],
)
def test_a_cpuprofile_that_contradicts_itself_is_refused(document, said):
    assert said in refused(document)


# pyinstrument

SESSION = {
    "frame_records": [
        [["Main\x00<thread>\x007", "main\x00/app/a.py\x001\x01l4", "f\x00/app/a.py\x009"], 0.5],
        [["main\x00/app/a.py\x001", "sleep\x00<built-in>\x000"], 0.25],
    ],
    "sample_count": 2,
    "cpu_time": 0.4,
}  # fmt: skip


def call(name: str, seconds: object, *children: dict, file: str = "/app/a.py") -> dict:
    frame = {"function": name, "file_path": file, "line_no": 3, "time": seconds}
    return {**frame, "children": list(children)}


def test_a_session_of_pyinstrument_is_read():
    flame = parsed(SESSION)
    assert (flame.total, flame.samples, flame.computed) == (0.75, 2, 0.4)
    assert flame.hot("f").place == Place("f", "app/a.py", 9)
    assert flame.hot("sleep").waited == 0.25


def test_json_of_pyinstrument_is_read_and_its_self_is_no_call():
    tree = call(
        "main", 1.0, call("work", 0.75, call("[self]", 0.5, file="")), call("[await]", 0.25)
    )
    flame = parsed({"root_frame": tree, "sample_count": 9, "cpu_time": 0.7})
    assert flame.hot("work").own == 0.75
    assert flame.hot("[self]") is None
    assert flame.total == 1.0


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"root_frame": None}, "is no object"),
        ({"root_frame": call("f", "1")}, "no ordinary number"),
        ({"root_frame": {**call("f", 1), "children": 3}}, "is no list"),
        ({"frame_records": [[["f"]]]}, "has no time"),
        ({"frame_records": [[[3], 1.0]]}, "is no text"),
        ({"frame_records": []}, "No time was spent"),
        ({**SESSION, "cpu_time": "much"}, "CPU time is no ordinary number"),
    ],
)
def test_a_broken_session_is_refused(document, said):
    assert said in refused(document)


# collapsed stacks


def test_collapsed_stacks_are_read_with_files_and_lines():
    flame = parse_profile(
        b"\xef\xbb\xbfmain (app/a.py:1);f (app/a.py:12) 34\n\nmain (app/a.py:1) 6\n"
    )
    assert flame.hot("f").place == Place("f", "app/a.py", 12)
    assert (flame.unit, flame.total) == ("samples", 40)


@pytest.mark.parametrize("line", [b"hello", b"main;f", b"main;f -3", b"main;f 1.5", b"7"])
def test_lines_that_are_no_stacks_are_named(line):
    said = refused(b"main;f 3\n" + line)
    assert "Line 2 is no stack" in said
    assert "collapsed stacks" in said


# what is no profile


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "It is empty"),
        (b" \n\n", "It is empty"),
        (b"\x89PNG\r\n", "no text in UTF-8"),
        (b"\xff\xfe{\x00", "no text in UTF-8"),
        (b"{", "begins like JSON and is none"),
        (b"[1, 2]", "no profile"),
        (b'{"a": 1}', "no profile"),
        (b'{"nodes": [NaN]}', "A number in it is NaN"),
        (b'{"nodes": ' + b"9" * 9000 + b"}", "is none"),
        (b"[" * 200_000, "nested too deep"),
        (b'{"traceEvents": []}', "a trace of Chrome's tools"),
        (b"a;" * 20_000 + b"b 1", "more than 10000 calls"),
    ],
)
def test_a_file_that_is_no_profile_is_refused_with_a_sentence(data, said):
    assert said in refused(data)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(flame_read, "LARGEST", 1000)
    (tmp_path / "big.txt").write_bytes(b"main 1\n" * 1000)
    with pytest.raises(NotAProfile, match="larger than"):
        read_profile(tmp_path / "big.txt")


def test_too_many_calls_are_refused(monkeypatch):
    monkeypatch.setattr(flame_checks, "MOST_CALLS", 2)
    assert "more than 2 calls" in refused(cpuprofile(*TREE))
    assert "more than 2 calls" in refused(b"a;b 1\na;c 1")
    assert "more than 2 calls" in refused({"root_frame": call("a", 3, call("b", 1), call("c", 1))})


def test_a_folder_a_device_and_a_missing_file_are_told(tmp_path):
    with pytest.raises(NotAProfile, match="is no file"):
        read_profile(tmp_path)
    with pytest.raises(NotAProfile, match="is no file"):
        read_profile("/dev/zero" if (tmp_path / "/dev/zero").exists() else tmp_path)
    with pytest.raises(FileNotFoundError):
        read_profile(tmp_path / "missing.cpuprofile")


_KEYS = (
    *("nodes", "id", "children", "callFrame", "samples", "timeDeltas", "startTime", "endTime"),
    *("root_frame", "frame_records", "time", "function", "cpu_time"),
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=6)
    ),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(_VALUES)
def test_any_json_is_a_flame_or_a_sentence(value):
    with contextlib.suppress(NotAProfile):
        assert parse_profile(json.dumps(value).encode()).total > 0


# the picture and speedscope


def test_the_still_says_what_it_shows_and_lists_the_hottest():
    flame = flame_of("main;work (app.py:1) 6", "main;(idle) 3")
    picture = flame_chart(flame, listed=2)
    assert picture.png.startswith(b"\x89PNG")
    assert repr(picture) == "Flame graph of Python: 9 samples; hottest: work, 66.7 %."
    assert [row[0] for row in picture.rows] == ["work", "(idle)"]
    assert "<table>" in picture.html()


def test_hostile_names_stay_text_in_the_still():
    names = ("$x$", "<b>", "\u4e16\u754c", "a_{b}^c", "\N{GRINNING FACE}")
    page = flame_chart(flame_of(*(f"main;{name} 5" for name in names))).html()
    assert "<b>" not in page
    assert "&lt;b&gt;" in page


def test_a_flame_goes_to_speedscope_with_all_its_time(tmp_path):
    flame = parsed(cpuprofile(*TREE))
    path = write_speedscope(flame, tmp_path / "mine.speedscope.json")
    document = json.loads(path.read_text(encoding="utf-8"))
    (profile,) = document["profiles"]
    assert document["$schema"].endswith("file-format-schema.json")
    assert (profile["type"], profile["unit"], profile["startValue"]) == ("sampled", "seconds", 0)
    assert len(profile["samples"]) == len(profile["weights"])
    assert sum(profile["weights"]) == pytest.approx(profile["endValue"]) == flame.total
    names = [frame["name"] for frame in document["shared"]["frames"]]
    assert {names[number] for stack in profile["samples"] for number in stack} == {"work", "(idle)"}
