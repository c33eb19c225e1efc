"""The sentences of the page about the first model agree with its table."""

import re
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "first_model.rst"
TABLE = ROOT / "benchmarks" / "accuracy" / "eegmat.csv"
CLASSICAL = ["riemann", "mdm", "mkl", "logistic", "svm"]

pytestmark = pytest.mark.skipif(
    not (PAGE.is_file() and TABLE.is_file()),
    reason="an installed package carries no docs",
)


@pytest.fixture
def table():
    return pd.read_csv(TABLE, comment="#").set_index("estimator")


@pytest.fixture
def text():
    return " ".join(PAGE.read_text(encoding="utf-8").split())


def test_the_first_rows_are_classical(table, text):
    assert "The first three rows are classical." in text
    assert set(table.index[:3]) <= set(CLASSICAL)
    means = table["accuracy"].str.split(" ").str[0].astype(float)
    assert means.is_monotonic_decreasing


def test_the_times_are_those_of_the_table(table, text):
    seconds = table["s per fold"]
    fast = float(re.search(r"takes less than ([\d.]+) s", text)[1])
    assert seconds[["svm", "logistic"]].max() < fast
    spans = re.findall(r"(\d+) to (\d+) s with the", text)
    networks = seconds.drop([*CLASSICAL, "dummy"])
    for rows, (low, high) in zip((seconds[["riemann", "mdm"]], networks), spans):
        assert round(rows.min()) == int(low)
        assert int(high) - 1 <= rows.max() <= int(high)
    assert len(spans) == 2


def test_the_table_states_its_machine_date_and_command():
    first = TABLE.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# ")
    for fact in (r"\d{4}-\d{2}-\d{2}", "processor", "sklearn-emotion benchmark"):
        assert re.search(fact, first)
