"""Printed numbers equal those in the texts of the papers."""

import os
import re
from pathlib import Path

import pandas as pd
import pytest

from sklearn_emotion.studies import list_studies, load_study
from sklearn_emotion.studies._printed import Column, Printed

TABLES = [(name, t) for name in list_studies() for t in load_study(name).tables]
# First words of the caption, or of the sentence, above or below the numbers.
TITLES = {
    "3facrnn": "3FACRNN",
    "deepvanet": "DeepVANet: A Deep End-to-End Network",
    "prior-dfcn": "Prior-Driven Dynamic Brain Networks",
    "hierarchical-lstm": "Expression-EEG Interaction and Collaboration",
    "modality-attention": "Modality Aware Attention Network for Unifying",
}


@pytest.fixture(scope="session")
def papers():
    """Folder with the texts of the papers, one file each."""
    folder = Path(os.environ.get("SKLEARN_EMOTION_PAPERS", "")).absolute()
    texts = [path.read_text(encoding="utf-8") for path in folder.glob("*.txt")]
    if "SKLEARN_EMOTION_PAPERS" not in os.environ or not texts:
        pytest.skip(
            "no papers: set SKLEARN_EMOTION_PAPERS to a folder with their texts (*.txt)"
        )
    return texts


def text_of(papers, name):
    """Return the paper whose text has the title nearest to its beginning."""
    places = {text: text.find(TITLES[name]) for text in papers}
    found = {text: place for text, place in places.items() if place >= 0}
    return min(found, key=found.get)


def numbers_in(text):
    # One deviation is misprinted as "0.2.37".
    text = text.replace("0.2.37", "2.37").replace("$", "")
    return [float(n) for n in re.findall(r"\d+(?:\.\d+)?", text)]


def lines_of(text, table):
    """Return the lines of a table: those after its caption that have several cells."""
    number = table.split()[1]
    lines = text.splitlines()
    starts = [
        i
        for i, line in enumerate(lines)
        if re.match(rf"table {number}\b", line, re.IGNORECASE)
        and "presents" not in line
    ]
    return [line for line in lines[starts[0] + 1 : starts[0] + 34] if "\t" in line]


@pytest.mark.parametrize(("name", "table"), TABLES, ids=lambda v: str(v))
def test_printed_numbers_are_those_of_the_paper(papers, name, table):
    study = load_study(name)
    printed = study.printed(table)
    if printed.empty:
        assert table.startswith("figure")
        return
    text = text_of(papers, name)
    if name == "hierarchical-lstm":
        assert "the recognition rate of 85.9% is achieved" in text
        assert printed["value"].tolist() == [85.9]
        return
    lines = lines_of(text, table)
    section = ""
    for row, part in printed.groupby("row", sort=False):
        method, _, section = row.partition(", ")
        expected = []
        for value, sd in part[["value", "sd"]].to_numpy():
            expected += [value] if sd != sd else [value, sd]
        found = [n for line in _rows_of(lines, method, section) for n in line]
        # A reference, a year or a number in a name may precede the scores.
        assert (found if section else found[-len(expected) :]) == expected, row


def _rows_of(lines, method, section):
    """Yield the numbers in the rows of a method, below a heading if there is one."""
    below = ""
    for line in lines:
        cells = [cell.strip() for cell in line.split("\t")]
        if "experiments" in line:
            below = "inter-subject" if "Inter" in line else "per-subject"
        if method in cells and (not section or below == section):
            yield numbers_in("\t".join(cells[cells.index(method) + 1 :]))


@pytest.mark.parametrize(("name", "table"), TABLES, ids=lambda v: str(v))
def test_every_printed_row_is_a_row_that_is_produced_or_has_a_reason(name, table):
    study = load_study(name)
    printed, rows = study.printed(table), study.rows(table)
    by_score = table == "table 2" and name == "3facrnn"
    if not by_score:
        assert set(printed["row"]) <= set(rows["row"])
    assert (rows["produced"] == (rows["reason"] == "")).all()
    experiment = study.experiment(table)
    assert set(printed["score"]) <= set(experiment.scores)
    assert set(printed["dataset"]) <= set(experiment.datasets) <= set(study.datasets)
    assert set(printed["target"].dropna()) <= set(experiment.targets)


def test_cells_may_have_a_deviation_or_be_empty():
    column = Column("deap", "valence", "accuracy", "Valence")
    other = Column("deap", "arousal", "accuracy", "Arousal")
    values = {"a": ("96.75±1.5", "-"), "b": ("-", "60")}
    table = Printed("Table 1", (column, other), values).table()
    expected = pd.DataFrame(
        {"row": ["a", "b"], "value": [96.75, 60], "sd": [1.5, None]}
    )
    pd.testing.assert_frame_equal(
        table[["row", "value", "sd"]], expected, check_dtype=False
    )
