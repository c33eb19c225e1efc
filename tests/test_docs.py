"""What the documentation shows runs, and it leaves no public name out."""

import ast
import doctest
import importlib
import inspect
import re
from pathlib import Path

import pytest

import sklearn_emotion

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(ROOT.glob("docs/**/*.rst"))
MADE = {"_build", "_templates", "auto_examples", "api", "tables"}
PAGES = [p for p in PAGES if not MADE & set(p.parts) and not p.stem.startswith("sg_")]
EXAMPLES = sorted(ROOT.glob("examples/**/*.py"))
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS

pytestmark = pytest.mark.skipif(
    not (ROOT / "docs").is_dir(), reason="an installed package carries no docs"
)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_examples_on_a_page_print_what_it_says(page):
    failed, _ = doctest.testfile(
        str(page), module_relative=False, optionflags=FLAGS, encoding="utf-8"
    )
    assert failed == 0


def python_blocks(path):
    text = path.read_text(encoding="utf-8")
    return re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)


def test_python_blocks_of_the_readme_run():
    blocks = python_blocks(ROOT / "README.md")
    assert blocks
    namespace = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), namespace)


def test_the_readmes_table_names_every_network():
    from sklearn_emotion.discovery import all_estimators

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, _ in all_estimators("classifier"):
        assert f"`{name}`" in text, name


@pytest.fixture
def api_pages(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    return importlib.import_module("api_pages")


def test_every_public_name_stands_on_one_page_of_the_reference(api_pages):
    rooms = {
        name
        for name in sklearn_emotion.__all__
        if inspect.ismodule(getattr(sklearn_emotion, name))
    }
    # The frame of the networks has its public names in `base`.
    assert set(api_pages.ROOMS) == rooms - {"networks"}
    pages = api_pages.families()
    paths = [p for groups in pages.values() for names in groups.values() for p in names]
    assert len(paths) == len(set(paths)) > 200
    assert all(names for groups in pages.values() for names in groups.values())
    assert (
        "sklearn_emotion.EDAFeatures"
        in pages["features_peripheral"]["Skin conductance (EDA, GSR)"]
    )


def test_every_public_name_has_an_example(api_pages):
    """A doctest of its own, an example of the gallery, or a page of the guide."""
    imported = {
        alias.name
        for example in EXAMPLES
        for node in ast.walk(ast.parse(example.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("sklearn_emotion")
        for alias in node.names
    }
    guides = api_pages.guides_of(ROOT / "docs")
    missing = []
    for path in api_pages.public_names():
        value, name = api_pages.value_of(path), path.rpartition(".")[2]
        shown = ">>>" in (inspect.getdoc(value) or "") or name in imported
        if not (shown or path in guides or isinstance(value, dict)):
            missing.append(path)
    assert missing == []


def test_a_public_name_without_a_page_is_named(api_pages, monkeypatch):
    rest = {k: v for k, v in api_pages.FAMILIES.items() if k != "persistence"}
    monkeypatch.setattr(api_pages, "FAMILIES", rest)
    with pytest.raises(
        ValueError, match=r"no page for .*load_model.*persistence\._file"
    ):
        api_pages.families()


@pytest.mark.parametrize(
    "page", [*PAGES, *sorted(ROOT.glob("docs/*.md"))], ids=lambda p: p.stem
)
def test_a_page_opens_with_whom_it_is_for_and_what_they_can_do_after_it(page):
    text = page.read_text(encoding="utf-8")
    first = re.search(r"^\*.*?\n\n", text, flags=re.MULTILINE | re.DOTALL)
    assert first, page
    words = " ".join(first[0].split())
    assert re.match(r"\*For (readers|users|all|researchers|maintainers) ", words), words
    assert re.search(r"After this page ", words), words


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda p: p.stem)
def test_an_example_says_for_whom_it_is_and_what_they_can_do_after_it(example):
    doc = ast.get_docstring(ast.parse(example.read_text(encoding="utf-8")))
    title, underline, _, *paragraph = doc.splitlines()
    assert set(underline) == {"="}
    assert len(underline) >= len(title)
    words = " ".join(paragraph)
    assert words.startswith("For readers ")
    assert re.search(r"\. After this example you (can|know) ", words), words


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda p: p.stem)
def test_an_example_uses_only_public_names(example):
    tree = ast.parse(example.read_text(encoding="utf-8"))
    modules = [n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    ours = [name for name in modules if name.startswith("sklearn_emotion")]
    assert ours
    assert not any("._" in name for name in ours)


def test_each_section_of_the_gallery_has_a_title_and_several_examples():
    """The gallery leaves out folders without a header, and examples outside folders."""
    sections = {path.parent for path in EXAMPLES}
    assert ROOT / "examples" not in sections
    for section in sections:
        assert (section / "README.rst").is_file(), section
        assert len(list(section.glob("plot_*.py"))) > 1, section
    assert len(EXAMPLES) >= 20


def test_the_gallery_has_a_place_for_each_example(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    places = importlib.import_module("gallery_order").EXAMPLES
    found = {(path.parent.name, path.stem.removeprefix("plot_")) for path in EXAMPLES}
    assert {(s, name) for s, names in places.items() for name in names} == found
