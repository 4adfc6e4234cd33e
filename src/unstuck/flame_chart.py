"""Draw a flame graph as a still picture with its alt text and a table of the hottest functions.

flame_chart(sample(func, number))
"""

from collections import defaultdict

from unstuck.figures import Figure, fonts
from unstuck.flame import Flame, amount
from unstuck.flame_boxes import Box, boxes_of
from unstuck.palette import ink
from unstuck.plots import Picture, png_of
from unstuck.values import check_kind

_MOST = 300  # boxes: narrower ones would be thinner than a line
_DEEPEST = 40  # rows
_ROW = 0.23  # inches
_WIDE = 7.0  # inches of the picture
_LETTER = 0.072  # inches of a letter in a box
_COLUMNS = ("function", "where", "own", "own (%)", "total", "not computing", "unit")


def flame_chart(flame: Flame, listed: int = 12) -> Picture:
    """Draw the calls under their callers, as wide as their time; list the `listed` hottest ones.

    Solid: your code. White: a library or the runtime. Hatched: it did not compute, it waited.
    """
    check_kind(flame, "a flame, as profiling.sample() returns", "root")
    drawn = boxes_of(flame, _MOST, _DEEPEST)
    rows = 1 + max(box.row for box in drawn.boxes)
    figure = Figure(figsize=(_WIDE, _ROW * rows + 0.75), layout="constrained")
    axes = figure.subplots()
    _draw(axes, flame, drawn.boxes)
    axes.set_ylim(rows - 0.45, -0.55)
    axes.set_xlim(0, 1.003 * (flame.total or 1))  # the last edge is drawn whole
    axes.set_yticks([])
    axes.set_xlabel(f"{flame.unit}; solid: your code, white: library, hatched: it did not compute")
    axes.spines[["top", "right", "left"]].set_visible(False)
    return Picture(png_of(figure), _alt(flame, drawn.note), _COLUMNS, _rows(flame, listed))


def _draw(axes, flame: Flame, boxes: tuple[Box, ...]) -> None:
    groups: dict[str, list[Box]] = defaultdict(list)
    for box in boxes:
        groups[box.kind].append(box)
    for kind, group in groups.items():
        look = _look(kind, flame.runtime)
        axes.barh(
            [box.row for box in group],
            [box.width for box in group],
            left=[box.start for box in group],
            height=0.92,
            linewidth=0.6,
            **look,
        )
    for box in boxes:
        _write(axes, box, flame.total)


def _look(kind: str, runtime: str) -> dict:
    """How a kind of box is drawn: by colour and by pattern."""
    yours, quiet, waits = ink(runtime), ink("quiet"), ink("waiting")
    if kind == "yours":
        return {"color": yours.light, "edgecolor": "white"}
    if kind == "waiting":
        return {"facecolor": "white", "edgecolor": waits.light, "hatch": waits.hatch}
    return {"facecolor": "white", "edgecolor": quiet.light, "hatch": ".." * (kind == "merged")}


def _write(axes, box: Box, total: float) -> None:
    room = int(_WIDE * 0.97 * box.width / (total or 1) / _LETTER) - 1
    if room < 3:
        return
    name = box.name if len(box.name) <= room else f"{box.name[: room - 2]}.."
    text = axes.text(box.start + box.width / 2, box.row, _printable(name), fontsize=8)
    text.set(ha="center", va="center", parse_math=False)  # a "$" in a name is no formula
    text.set_color("white" if box.kind == "yours" else "black")
    if box.kind in ("waiting", "merged"):
        text.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 0.5})


def _printable(name: str) -> str:
    """A name with "?" for letters that the font has not."""
    font = fonts.get_font(fonts.findfont(fonts.FontProperties()))
    return "".join(char if font.get_char_index(ord(char)) else "?" for char in name)


def _alt(flame: Flame, note: str) -> str:
    cpu = "" if flame.computed is None else f" It computed for {flame.computed:.3f} s."
    return f"{flame!r}.{cpu} {note}".strip()


def _rows(flame: Flame, listed: int) -> tuple[tuple, ...]:
    whole = flame.total or 1
    return tuple(
        (
            *(hot.place.name, hot.place.where, _number(hot.own, flame), 100 * hot.own / whole),
            *(_number(hot.total, flame), _number(hot.waited, flame), flame.unit),
        )
        for hot in flame.hottest(listed)
    )


def _number(value: float, flame: Flame) -> str:
    return amount(value, flame.unit).partition(" ")[0]
