"""Sphinx settings; API pages and the table of estimators are made from the code."""

import os
import re
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from docutils import nodes

import sklearn_emotion

sys.path.insert(0, str(Path(__file__).parent))
from api_pages import guides_of, write_api_pages
from gallery_order import EXAMPLES

project = "sklearn_emotion"
copyright = "2026, the sklearn_emotion developers"
author = "the sklearn_emotion developers"
version = release = sklearn_emotion.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "myst_parser",
    "numpydoc",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
    "glossary_links",
]
exclude_patterns = [
    *("_build", "tables"),
    *("auto_examples/**.ipynb", "**sg_execution_times.rst"),
]
templates_path = ["_templates"]
autosummary_generate = True
# Pages of the reference link to the guides that describe their name.
autosummary_context = {"guides": guides_of(Path(__file__).parent)}
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
nitpicky = True
# scikit-learn's docstrings, inherited by ours, use its glossary.
suppress_warnings = ["ref.term"]
# Names of other projects resolve online only, where intersphinx is asked for.
nitpick_ignore_regex = [
    (r"py:.*", r"^(?!sklearn_emotion).*"),
    (r"py:.*", r"sklearn_emotion\..*(set_fit_request|set_score_request).*"),
]
if os.environ.get("DOCS_ONLINE"):
    extensions.append("sphinx.ext.intersphinx")
    intersphinx_mapping = {
        "python": ("https://docs.python.org/3", None),
        "numpy": ("https://numpy.org/doc/stable", None),
        "sklearn": ("https://scikit-learn.org/stable", None),
        "skorch": ("https://skorch.readthedocs.io/en/stable", None),
        "mne": ("https://mne.tools/stable", None),
    }

# The button beside a block of code copies what a reader can run: no prompts, no output.
copybutton_prompt_text = r">>> ?|\.\.\. ?|\$ "
copybutton_prompt_is_regexp = True
copybutton_line_continuation_character = "\\"
# Formulas are drawn without the network.
mathjax_path = "mathjax/tex-svg.js"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_theme = "pydata_sphinx_theme"
html_title = project
# Pages without pages below them use the width of the sidebar.
html_sidebars = {
    page: []
    for page in (
        *("quickstart", "concepts", "datasets", "benchmarks", "changelog"),
        *("first_model", "faq", "glossary", "contributing", "versions"),
    )
}
html_theme_options = {
    "header_links_before_dropdown": 5,
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "navbar_persistent": ["version", "search-button"],
}
html_sourcelink_suffix = ""

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "subsection_order": [f"../examples/{section}" for section in EXAMPLES],
    "within_subsection_order": "gallery_order.place_of",
    "filename_pattern": r"plot_",
    "remove_config_comments": True,
    "download_all_examples": False,
    "show_signature": False,
    "min_reported_time": 1,
    "reset_modules": ("matplotlib",),
    # Pages of the reference show the examples that use their name.
    "backreferences_dir": "api/backreferences",
    "doc_module": ("sklearn_emotion",),
}
warnings.filterwarnings("ignore", message="Montage name", category=FutureWarning)


def write_tables(benchmarks, folder):
    """Write a table in reStructuredText for each CSV file of the benchmarks.

    The machine and the versions, which the first line of a file states, stand below the
    table. Notes, which are sentences, are left to the page.
    """
    folder.mkdir(exist_ok=True)
    for path in sorted(benchmarks.glob("*/*.csv")):
        table = pd.read_csv(path, comment="#").drop(columns="note", errors="ignore")
        table = table.dropna(axis="columns", how="all")
        rows = [list(table.columns), *table.map(shown).to_numpy().tolist()]
        lines = [".. list-table::", "   :header-rows: 1", ""]
        for row in rows:
            marks = ["   * -", *["     -"] * (len(row) - 1)]
            lines += [f"{mark} {cell}" for mark, cell in zip(marks, row)]
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        if first.startswith("# "):
            lines += ["", f"Run of this table: {first[2:]}."]
        (folder / f"{path.stem}.rst").write_text("\n".join([*lines, ""]))


def shown(value):
    """Return a number with three significant digits, and a text as it is."""
    if isinstance(value, float):
        digits = "" if np.isnan(value) else f"{value:.3g}"
        return f"{float(digits):.0f}" if "e+" in digits else digits
    text = str(value)
    # A short text, such as a mean with its deviation, stays on one line.
    return text.replace(" ", "\N{NO-BREAK SPACE}") if len(text) <= 14 else text


def name_thumbnails(app, doctree):
    """Give each thumbnail of the gallery the title below it as alternative text."""
    thumbnail = None
    for node in doctree.findall():
        if isinstance(node, nodes.image):
            thumbnail = node
        elif isinstance(node, nodes.raw) and "thumbnail-title" in node.astext():
            title = re.sub("<[^>]*>", "", node.astext()).strip()
            thumbnail["alt"] = f"Thumbnail of the example “{title}”"


def setup(app):
    """Write what is made from code and results before Sphinx looks for documents."""
    source = Path(app.srcdir)
    write_api_pages(source / "api")
    write_tables(source.parent / "benchmarks", source / "tables")
    app.connect("doctree-read", name_thumbnails)
