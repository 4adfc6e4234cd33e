"""The static site: links end inside it, nothing comes from other hosts, pictures have words."""

import functools
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.once  # long, and Python's version changes little here

bs4 = pytest.importorskip("bs4")

ROOT = Path(__file__).parents[1]
LOADS = {"img": "src", "script": "src", "link": "href", "iframe": "src", "object": "data"}


@pytest.fixture(scope="module")
def builder():
    """tools/site_build.py as a module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "tools"))
        import site_build

        yield site_build


@pytest.fixture(scope="module")
def folder(builder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("built") / "site"
    builder.build(folder)
    return folder


def pages(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.html"))


@functools.cache
def soup(page: Path):
    return bs4.BeautifulSoup(page.read_text("utf-8"), "html.parser")


def test_every_notebook_and_the_readme_is_a_page(folder):
    names = {page.relative_to(folder).as_posix() for page in pages(folder)}
    stems = {path.stem for path in (ROOT / "notebooks").glob("[0-9]*.ipynb")}
    assert {f"notebooks/{stem}.html" for stem in stems} <= names
    assert {"index.html", "workshop/class_data.html", "workshop/guide.html"} <= names


def test_every_link_ends_inside_the_site(folder):
    for page in pages(folder):
        for link in soup(page).find_all("a", href=True):
            if urlsplit(link["href"]).scheme:
                continue
            path, _, part = link["href"].partition("#")
            target = (page.parent / path).resolve() if path else page
            assert target.is_relative_to(folder.resolve()), (page.name, link["href"])
            assert target.is_file(), (page.name, link["href"])
            assert not part or soup(target).find(id=part), (page.name, link["href"])


def test_nothing_is_loaded_from_another_host(folder):
    """What a page loads is one of the site's own files, or in the page itself."""
    for page in pages(folder):
        for tag, attribute in LOADS.items():
            for node in soup(page).find_all(tag, **{attribute: True}):
                address = node[attribute]
                if not address.startswith("data:"):
                    assert not urlsplit(address).netloc, (page.name, address)
                    assert (page.parent / address).is_file(), (page.name, address)
        assert not re.search(r"@import|url\(\s*['\"]?(https?:)?//", page.read_text("utf-8"))
    assert "//" not in re.sub(
        r"^ *//.*$| // .*$", "", (folder / "replay.js").read_text(), flags=re.M
    )


def test_every_page_has_one_title_landmarks_and_pictures_in_words(folder):
    for page in pages(folder):
        html = soup(page)
        assert html.html["lang"] == "en"
        assert len(html.find_all("h1")) == 1, page.name
        assert html.title.get_text()
        assert html.body.find("a")["href"] == "#text"  # the skip link is first
        assert all(html.find_all(name) for name in ("header", "nav", "main", "footer"))
        assert all(image.get("alt", "").strip() for image in html.find_all("img")), page.name
        names = [node["id"] for node in html.find_all(id=True)]
        assert len(names) == len(set(names)), page.name


def test_notebooks_lead_to_their_neighbours(folder):
    page = folder / "notebooks" / "04_threads.html"
    near = soup(page).find("nav", class_="neighbours").find_all("a")
    assert [link["href"] for link in near] == ["03_child.html", "05_interpreters.html"]
    current = soup(page).find_all("a", attrs={"aria-current": "page"})
    assert [link.get_text() for link in current] == ["04 threads"]


def test_panels_and_exercises_say_that_nothing_runs_and_what_to_do(folder):
    notes = [note.get_text() for note in soup(folder / "notebooks/06_pool.html").select(".note")]
    assert sum(note.startswith("A live panel.") for note in notes) == 1
    assert sum(note.startswith("An exercise.") for note in notes) >= 1
    assert all("nothing runs" in note and "make lab" in note for note in notes)
    (link,) = {a["href"] for a in soup(folder / "notebooks/06_pool.html").select(".note a")} - {
        "../index.html#replay"
    }
    assert link.endswith("urlpath=lab/tree/notebooks/06_pool.ipynb")


def test_the_replay_is_the_record_and_says_so(folder):
    section = soup(folder / "index.html").find(id="replay")
    text = " ".join(section.get_text().split())
    assert re.search(r"A recorded run on .+, \d{4}-\d\d-\d\d: a replay, nothing runs here", text)
    assert len(section.select("tbody tr")) == 60
    assert "60 of 60 are answered" in text


def test_a_folder_with_other_things_is_left_alone(builder, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="other things"):
        builder.build(tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_a_site_is_replaced_by_the_next(builder, tmp_path):
    builder.make_room(tmp_path / "site")
    (tmp_path / "site" / "old.html").touch()
    builder.make_room(tmp_path / "site")
    assert not (tmp_path / "site" / "old.html").exists()
