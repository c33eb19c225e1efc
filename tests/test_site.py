"""The terms of the glossary are linked, and the check of the pages finds faults."""

import importlib
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"

pytestmark = pytest.mark.skipif(
    not DOCS.is_dir(), reason="an installed package carries no docs"
)


@pytest.fixture
def load(monkeypatch):
    """Return a function that imports a module of the documentation."""
    monkeypatch.syspath_prepend(str(DOCS))
    return importlib.import_module


def linked_terms(glossary_links, description):
    from sphinx import addnodes

    references = description.findall(addnodes.pending_xref)
    return [(r["reftarget"], r.astext()) for r in references]


def description_of(*parts):
    nodes = pytest.importorskip("docutils.nodes")
    text = [nodes.Text(p) if isinstance(p, str) else p for p in parts]
    return nodes.definition("", nodes.paragraph("", "", *text))


def test_the_first_occurrence_of_each_term_is_linked(load):
    pytest.importorskip("sphinx")
    links = load("glossary_links")
    description = description_of("Windows of a trial, and the stimuli of all trials.")
    links.link_terms(description, ["trial", "window", "stimulus"])
    assert linked_terms(links, description) == [
        ("window", "Windows"),
        ("trial", "trial"),
        ("stimulus", "stimuli"),
    ]
    assert description.astext() == "Windows of a trial, and the stimuli of all trials."


def test_code_and_parts_of_words_are_not_linked(load):
    pytest.importorskip("sphinx")
    links = load("glossary_links")
    from docutils import nodes

    description = description_of(nodes.literal("", "trial"), " n_trial, trial-wise")
    links.link_terms(description, ["trial"])
    assert linked_terms(links, description) == []


def test_the_glossary_defines_the_terms_that_the_reference_uses_most(load):
    pytest.importorskip("sphinx")
    terms = load("glossary_links").glossary_terms(DOCS / "glossary.rst")
    used = {"trial", "window", "segment", "subject", "modality", "transductive"}
    assert used <= set(terms)
    assert len(terms) == len(set(terms)) > 20


@pytest.fixture
def site(tmp_path):
    """Return a site of two pages, whose links and pictures are right."""
    first = (
        '<p id="top">1</p><a href="sub/b.html#end">b</a><a href="#top">up</a>'
        '<a href="https://example.org/x">x</a><img src="a%20b.png" alt="A picture">'
    )
    (tmp_path / "sub").mkdir()
    (tmp_path / "a b.png").touch()
    (tmp_path / "index.html").write_text(first)
    (tmp_path / "sub" / "b.html").write_text('<p id="end">2</p><a href="../">home</a>')
    return tmp_path


def test_a_site_without_broken_links_has_no_problems(load, site, capsys):
    assert load("check_site").main([str(site)]) == 0
    assert capsys.readouterr().out == "2 pages, 0 problems\n"


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ('<a href="c.html">c</a>', "no such file: c.html"),
        ('<a href="sub/b.html#x">b</a>', "no such anchor: sub/b.html#x"),
        ('<a href="#nowhere">b</a>', "no such anchor: #nowhere"),
        ('<img src="a%20b.png">', "no alternative text: a%20b.png"),
        ('<img src="a%20b.png" alt="">', "no alternative text: a%20b.png"),
        ('<img src="a%20b.png" alt="plot file 1">', "no alternative text: a%20b.png"),
        ('<a href="https://localhost">x</a>', "not an address: https://localhost"),
        ('<a href="htps://example.org">x</a>', "not an address: htps://example.org"),
    ],
)
def test_a_broken_link_or_a_picture_without_text_is_named(
    load, site, capsys, html, problem
):
    (site / "index.html").write_text(html)
    assert load("check_site").main([str(site)]) == 1
    assert capsys.readouterr().out == f"index.html: {problem}\n2 pages, 1 problems\n"
