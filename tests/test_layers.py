"""Imports point down only, heavy packages stay in their place, and what must not be is not."""

import ast
import functools
import json
import re
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once  # they read the sources, whatever Python reads them

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "unstuck"
SOURCES = sorted(PACKAGE.rglob("*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

# Lowest first. A folder is named once for all its modules. A new module is put on its floor here.
FLOORS = (
    {"interrupts", "gil", "fork_guard", "flame_checks", "groups", "values"}
    | {"late_interrupts", "told"},
    {"", "workloads", "lag", "palette", "figures", "limits", "children", "abilities", "node_finder"}
    | {"block_files", "payloads", "counters", "marks", "watched", "crossing", "stamps", "traces"}
    | {"ended", "marked", "drained", "keeper", "limit_step", "sample_programs"}
    | {"load_plan", "load_chunks", "load_ticks", "seen", "small_packets"}
    | {"listeners", "endings", "cluster_plan", "cluster_process", "cluster_starts"}
    | {"cluster_job", "cluster_commands", "together", "quick_loop", "breakeven_budget"}
    | {"cluster_way"}
    | {"flame_calls", "flame_clock", "card_form", "card_fields"}
    | {"scoreboard_rows", "adviser_service", "adviser_advice"},
    {
        "scoreboard_work",
        "scoreboard_words",
        "breakeven_points",
        "breakeven_task",
        "capacity",
        "parcel",
        "sharing",
        "chunks",
        "free_threads",
        "program_path",
        "tree_look",
        "load_head",
        "load_result",
        "cluster_handout",
        "cluster_kept",
        "asking",
        "queueing_formulas",
        "trip_costs",
        "flame",
        "flame_cases",
        "flame_names",
        "flame_puzzle",
        "room_checks",
    },
    {
        "worker_count",
        "machine_card",
        "worker_side",
        "dask_side",
        "queueing_setup",
        "shared_arrival",
        "glances",
        "breakeven_line",
        "inside_interpreter",
        "program_order",
        "load_answer",
        "load_record",
        "cluster_link",
        "cluster_spread",
        "flame_boxes",
        "flame_collapsed",
        "flame_cpuprofile",
        "flame_pyinstrument",
        "flame_sampler",
        "flame_speedscope",
        "room",
        "scoreboard_plan",
        "scoreboard_result",
    },
    {"breakeven_plan", "machine", "worker_process", "program_run", "load_connection", "load_apart"}
    | {"flame_read", "dask_batch", "queueing_dispatch", "queueing_draws"},
    {"breakeven_words", "process_pool", "interpreter_pool", "programs", "isolation"}
    | {"cluster_health", "cluster_changes", "load_pool", "dask_workers", "queueing_block"}
    | {"service", "several", "production_commands"},
    {"dask_link", "queueing"},
    {"dask_places", "dask_fates"},
    {"dask_cluster"},
    {"breakeven_result", "hatches", "server", "node", "shared_calls", "cluster_primary"}
    | {"load_client", "flame_server", "scoreboard_probes"},
    {"trial", "travels", "free_python", "tracing", "plots", "load"}
    | {"cluster", "cluster_main", "cluster_app"}
    | {"asgi_app", "production", "proxy"}
    | {"flame_requests", "scoreboard_probe", "scoreboard_node"},
    {"serve_verb", "pool_sizes", "interpreter_trials", "passages", "lost_updates"}
    | {"load_verb", "profiling", "cluster_worker"}
    | {"cluster_traffic", "queueing_check", "scoreboard_chart"},
    {"roads", "roads_chart", "results", "pitfall", "loads_chart"}
    | {"breakeven_hatches", "breakeven_rounds", "cluster_watch"}
    | {"flame_chart", "queueing_chart", "trip_chart", "room_strips", "card_parts"},
    {"breakeven", "breakeven_chart", "pitfall_chart", "scoreboard_python"}
    | {"adviser_words", "adviser_doubts", "room_chart"},
    {"adviser_evidence"},
    {"adviser_case", "decision_cites"},
    {"decision_tree", "claims_seen"},
    {"adviser_light", "adviser_heavy", "decision"},
    {"adviser", "claims_list", "claims_asks", "claims_recorded", "claims_once"},
    {"labs", "lane_chart", "scoreboard"} | {"result_card"},
    {"exercises", "card_verb", "claims_table", "claims_problem", "claims_child", "claims_workers"}
    | {"claims_memory", "claims_pools", "claims_cluster", "claims_pods"}
    | {"claims_article", "claims_counting", "claims_habits", "claims_isolation"},
    {"claims_choosing"},
    {"claims"},
    {"claims_verb"},
    {"progress", "progress_cells"},
    {"progress_notebook"},
    {"progress_verb"},
    {"__main__"},
)
LIGHT = set().union(*FLOORS[:5])  # the standard library only: every child imports some of these
HOMES = {
    "cloudpickle": {"parcel"},
    "matplotlib": {"figures"},
    "ipywidgets": {"labs"},
    "anywidget": {"labs"},
    "traitlets": {"labs"},
    "uvicorn": {"server", "cluster_worker", "flame_server"},
    "starlette": {"server", "exercises", "flame_server"},
    "pyinstrument": {"profiling"},
    "distributed": {"dask_side", "dask_places", "dask_cluster"},
    "dask": {"dask_side", "dask_places"},
}
PUBLIC = {"os._exit", "sys._current_frames"}  # documented, for all their names
OPEN = {"labs", "exercises", "hatches"}  # folders whose modules may import their own package


def name_of(source: Path) -> str:
    """Where a file lives: "lag" for lag.py, "labs" for labs/panel.py, "" for the package."""
    return source.relative_to(PACKAGE).with_suffix("").parts[0].replace("__init__", "")


def floor(name: str) -> int:
    found = [number for number, names in enumerate(FLOORS) if name in names]
    assert found, f"{name} has no floor yet: put it into FLOORS"
    return found[0]


@functools.cache
def nodes(source: Path, always: bool = False) -> list[ast.AST]:
    """What a file says: all of it, or what is done `always`, at its top."""
    module = ast.parse(source.read_text(encoding="utf-8"), str(source))
    return module.body if always else list(ast.walk(module))


def imports(source: Path, always: bool = False) -> set[str]:
    """The full names of all modules that a file imports: anywhere, or `always` at its top."""
    found = set()
    for node in nodes(source, always):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source.name}: a relative import"
            if node.module == "unstuck":
                found |= {f"unstuck.{alias.name}" for alias in node.names}
            else:
                found.add(node.module)
    return found


def own(names: set[str]) -> set[str]:
    return {name.split(".")[1] for name in names if name.startswith("unstuck.")}


def packages(source: Path, always: bool = False) -> set[str]:
    """The packages of `imports`."""
    return {name.partition(".")[0] for name in imports(source, always)}


def test_imports_point_down_only():
    wrong = []
    for source in SOURCES:
        here = name_of(source)
        for name in own(imports(source)):
            inside = here == name and here in OPEN
            if not inside and floor(name) >= floor(here):
                wrong.append(f"{here} imports {name}")
    assert wrong == []


def test_a_hatch_knows_no_other_hatch():
    inside = [source for source in SOURCES if source.parent.name == "hatches"]
    assert inside
    for source in inside:
        assert not any(name.startswith("unstuck.hatches") for name in imports(source)), source.name


def test_a_heavy_package_is_imported_in_its_place_only():
    wrong = []
    for source in SOURCES:
        here = name_of(source)
        away = [name for name in packages(source) if here not in HOMES.get(name, {here})]
        wrong += [f"{here} imports {name}" for name in away]
    assert wrong == []


def test_the_lowest_floors_need_the_standard_library_only():
    """Another package may be asked inside a function, where it is optional."""
    wrong = []
    for source in SOURCES:
        if name_of(source) in LIGHT:
            known = {"unstuck", "cloudpickle", *sys.stdlib_module_names}
            beyond = packages(source, always=True) - known
            wrong += [f"{name_of(source)} imports {name}" for name in beyond]
    assert wrong == []


def privates(node: ast.AST) -> list[str]:
    """The private names of another that are used here."""
    if isinstance(node, ast.Attribute) and re.match(r"_(?!_)", node.attr):
        owner, name = getattr(node.value, "id", None), ast.unparse(node)
        return [] if owner in ("self", "cls") or name in PUBLIC else [name]
    if isinstance(node, ast.ImportFrom):
        return [alias.name for alias in node.names if re.match(r"_(?!_)", alias.name)]
    return []


def test_nobody_touches_the_private_attributes_of_another():
    wrong = [
        f"{source.name}, line {node.lineno}: {name}"
        for source in SOURCES
        for node in nodes(source)
        for name in privates(node)
    ]
    assert wrong == []


def code_cells(notebook: Path) -> list[str]:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


NEVER = {"input", "eval", "exec", "os.system", "os.popen", "os.fork", "subprocess.getoutput"}


def is_forbidden(node: ast.AST) -> bool:
    """Say whether a call asks, runs text or a shell, forks, or sets what all of Python shares."""
    if not isinstance(node, ast.Call):
        return False
    called = ast.unparse(node.func)
    shells = (word for word in node.keywords if word.arg == "shell")
    return (
        called in NEVER
        or called.endswith("set_start_method")
        or any(ast.unparse(word.value) != "False" for word in shells)
    )


def test_nothing_asks_waits_shells_out_or_forks():
    """B15, B16, G14, A03: no input, no shell, no fork, no change of the global start method."""
    wrong = [
        f"{source.name}, line {node.lineno}: {ast.unparse(node)}"
        for source in SOURCES
        for node in nodes(source)
        if is_forbidden(node)
    ]
    assert wrong == []


@pytest.mark.parametrize("text", ["input()", "os.fork()", "subprocess.run('ls', shell=True)"])
def test_a_forbidden_call_is_found(text):
    assert is_forbidden(ast.parse(text, mode="eval").body)


FORBIDDEN = (
    "nest_asyncio",  # C02
    "OBJC_DISABLE_INITIALIZE_FORK_SAFETY",  # B16
    "set_start_method",  # A03
    "os.fork(",  # B15
    "0.0.0.0",  # a server of the course is seen by this machine only
    "do_one_iteration",  # H13
    "ui_events",  # H13
    "shell=True",  # G14
)


def everything() -> list[tuple[str, str]]:
    """Name and text of each source of the package, Python or not, and of the notebooks' code."""
    files = [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.js")]
    texts = [(file.name, file.read_text(encoding="utf-8")) for file in sorted(files)]
    return texts + [(file.name, "\n".join(code_cells(file))) for file in NOTEBOOKS]


@pytest.mark.parametrize("word", FORBIDDEN)
def test_a_forbidden_word_is_nowhere(word):
    assert [name for name, text in everything() if word in text] == []


def test_no_notebook_asks_for_input():
    """I04: a headless run would wait for ever."""
    asking = [file.name for file in NOTEBOOKS if re.search(r"\binput\(", str(code_cells(file)))]
    assert asking == []


def test_the_package_itself_imports_nothing():
    """Every child process imports it."""
    assert imports(PACKAGE / "__init__.py") == set()
