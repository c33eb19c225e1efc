"""The page holds what the store holds, and needs nothing else."""

import json
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from _evaluation import Picky, make_dataset
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LinearRegression, LogisticRegression

from sklearn_emotion import PaperProtocol, make_logistic, make_svm
from sklearn_emotion.cli import main
from sklearn_emotion.datasets import make_emotion
from sklearn_emotion.evaluation import (
    compare,
    conclusions,
    read_results,
    report,
    score_table,
)
from sklearn_emotion.evaluation.read._figures import subject_bars
from sklearn_emotion.evaluation.read._report import cliques

VOID = {"meta", "line", "polyline", "br"}


class Page(HTMLParser):
    """Checks that tags close, and keeps the text and the cells of tables."""

    def __init__(self, text):
        super().__init__()
        self.open, self.cells, self.texts = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        assert not [v for k, v in attrs if k in ("src", "href")]

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "small"):
            self.cells.append(data)
        self.texts.append(data)


@pytest.fixture
def store(tmp_path):
    estimators = {
        "lr <b>&": (LogisticRegression(), "eeg"),
        "first": (Picky(), "eeg"),
        "ecg": (LogisticRegression(), "ecg"),
    }
    dataset = make_dataset(n_subjects=6, shift=2.0)
    results = compare(estimators, dataset, target="mood", store=tmp_path)
    return tmp_path, results


def test_the_page_shows_the_table(store):
    folder, results = store
    commands = [{"command": f"sklearn-emotion {x}", "folder": "."} for x in "xy"]
    (folder / "commands.json").write_text(json.dumps(commands))
    path = report(folder)
    text = path.read_text()
    page = Page(text)
    table = score_table(results)
    for name in results["estimator"].unique():
        row = table.loc[name, "accuracy"]
        assert f"{row['mean']:.3f} ± {row['sd']:.3f}" in page.cells
        assert f"{row['low']:.3f} to {row['high']:.3f}" in page.cells
    joined = " ".join(page.texts)
    assert "shared: stimulus" in joined
    assert "18 of 18 folds" in joined
    assert "sklearn-emotion x\nsklearn-emotion y" in joined
    assert results["versions"].iloc[0] in joined
    # A bar for each subject and estimator, whose name is text and not markup.
    assert text.count('class="bar"') == 18
    assert "lr <b>&" in page.texts
    assert "lr <b>&" not in text


def test_the_page_names_the_data_and_the_parameters(tmp_path):
    dataset = make_emotion(n_subjects=3, n_trials=4, window=5.0, random_state=0)
    estimators = {"lr": make_logistic(C=0.125), "svm": make_svm(window=0.75)}
    call = {"target": "valence", "threshold": 4.5, "side": ">=", "store": tmp_path}
    compare(estimators, dataset, **call)
    text = report(tmp_path).read_text()
    title = "Generated emotion data (make_emotion): valence, loso"
    assert f"<title>{title}</title>" in text
    joined = " ".join(Page(text).texts)
    for fact in (
        "data set Generated emotion data (make_emotion)",
        "signals eeg, 32 channels at 128 Hz",
        "window 5 s",
        "threshold ratings >= 4.5 are high",
    ):
        assert fact in joined
    head = text[: text.index("<h2>Scores</h2>")]
    assert "C=0.125" in head
    assert "window=0.75" in head


def test_a_page_without_facts_about_the_data_is_written(store):
    folder, _ = store
    for content in ("{", "[]", None):
        path = folder / "about.json"
        path.unlink() if content is None else path.write_text(content)
        assert "<title>mood, loso</title>" in report(folder).read_text()


@pytest.mark.filterwarnings("ignore::sklearn_emotion.LeakageWarning")
def test_the_page_of_a_papers_protocol_has_one_dummy(tmp_path):
    """Within subjects, the majority of the training fold is rare in the test fold."""
    dataset = make_dataset(n_subjects=2, n_trials=5, n_windows=1, shift=2.0)
    estimators = {
        "dummy": (DummyClassifier(), "eeg"),
        "lr": (LogisticRegression(), "eeg"),
        "ecg": (LogisticRegression(), "ecg"),
    }
    cv = PaperProtocol("deepvanet-per-subject", n_splits=2)
    call = {"target": "mood", "protocol": cv}
    compare(estimators, dataset, store=tmp_path / "with", **call)
    del estimators["dummy"]
    compare(estimators, dataset, store=tmp_path / "without", **call)
    texts = [report(tmp_path / name).read_text() for name in ("with", "without")]
    titles = ("What may be concluded", "Estimators", "Scores", "Differences", "Ranks")
    for title in (*titles, "Subjects", "Confusion"):
        first, second = (
            re.search(f"<h2>{title}</h2>.*?</section>", text, re.DOTALL)[0]
            for text in texts
        )
        # A fold takes another time in another run.
        times = r'(data-label="s per fold") data-key="[^"]*">[^<]*'
        assert re.sub(times, r"\1", first) == re.sub(times, r"\1", second)
    assert 'data-key="dummy"' not in texts[0]


def test_the_page_states_what_may_be_concluded(store):
    folder, _ = store
    text = report(folder).read_text()
    section = "<section><h2>What may be concluded</h2>.*?</section>"
    part = re.search(section, text, re.DOTALL)[0]
    cells = Page(part).cells
    table = conclusions(read_results(folder))
    assert cells == table.drop(columns="estimator").to_numpy().ravel().tolist()


def test_the_page_states_what_was_scored_and_the_dummy_has_one_name(store):
    folder, _ = store
    text = report(folder).read_text()
    scores = re.search("<h2>Scores</h2>.*?</section>", text, re.DOTALL)[0]
    rows = re.findall("<tr>.*?</tr>", scores[scores.index("<tbody>") :])
    assert len(rows) == 3
    for row in rows:
        assert '<td class="text" data-label="scored" data-key="window">windows' in row
        assert 'data-label="target access" data-key="none">none' in row
        assert row.count('data-label="majority class"') == 3
    assert ">dummy<" not in text


def test_the_page_says_how_often_intervals_of_few_subjects_hold(store):
    joined = " ".join(Page(report(store[0]).read_text()).texts)
    assert "about 84 % of the cases with 5 subjects" in joined


def test_the_page_asks_the_network_for_nothing(store):
    text = report(store[0]).read_text()
    assert not re.search(r"https?://|@import|url\(", text)


def test_confusion_counts_are_those_of_the_predictions(store):
    folder, results = store
    text = report(folder).read_text()
    part = results.predictions.query("estimator == 'first'")
    # It says "high", the first in sorted order, to all 36 of either class.
    assert (part["y_pred"] == "high").all()
    figure = text[text.index("<figcaption>first") :]
    figure = figure[: figure.index("</figure>")]
    counts = [int(n) for n in re.findall(r'class="count"[^>]*>(\d+)<', figure)]
    assert counts == [36, 0, 36, 0]


def test_failures_and_gaps_are_on_the_page(tmp_path):
    dataset = make_dataset()
    dataset.data["eeg"][dataset.groups() == 2, -1] = 99
    with pytest.warns(FitFailedWarning):
        compare({"p": (Picky(99), "eeg")}, dataset, target="mood", store=tmp_path)
    joined = " ".join(Page(report(tmp_path).read_text()).texts)
    assert "3 folds failed" in joined
    assert "p, fold 0: RuntimeError: cannot fit 99" in joined
    (tmp_path / "folds" / "p" / "0000.json").unlink()
    joined = " ".join(Page(report(tmp_path).read_text()).texts)
    assert "not finished" in joined
    assert "3 of 4 folds" in joined


@pytest.fixture
def ratings(tmp_path):
    estimators = {
        "line": (LinearRegression(), "eeg"),
        "ecg": (LinearRegression(), "ecg"),
        "off": (DummyRegressor(strategy="constant", constant=40.0), "eeg"),
    }
    call = {"target": "valence", "task": "regression", "store": tmp_path}
    return tmp_path, compare(estimators, make_dataset(n_subjects=6, shift=2.0), **call)


def test_ratings_have_a_page_too(ratings):
    folder, results = ratings
    text = report(folder).read_text()
    page = Page(text)
    joined = " ".join(page.texts)
    row = score_table(results).loc["line", "ccc"]
    assert f"{row['mean']:.3f} ± {row['sd']:.3f}" in page.cells
    for absent in ("Confusion", "majority", "binomial"):
        assert absent not in joined
    for present in ("CCC", "RMSE", "mean rating", "p Wilcoxon"):
        assert present in joined
    assert text.count('class="bar"') == 18


def test_bars_below_zero_hang_from_it():
    """Of -0.5 and 0.5 on a scale from -1 to 1 both bars have a quarter of it."""
    table = pd.DataFrame({"estimator": "a", "subject": [1, 2], "ccc": [-0.5, 0.5]})
    bars = re.findall(
        r'class="bar" .*? y="([\d.]+)" width="[\d.]+" height="([\d.]+)"',
        subject_bars(table, "ccc"),
    )
    (low_top, low_height), (high_top, high_height) = np.array(bars, dtype=float)
    assert low_height == high_height
    assert high_top + high_height == low_top


def test_the_command_writes_the_page_or_says_what_is_missing(store, tmp_path, capsys):
    page = tmp_path / "page.html"
    assert main(["report", str(store[0]), "--page", str(page)]) == 0
    assert capsys.readouterr().out.strip() == str(page)
    assert page.is_file()
    assert main(["report", str(tmp_path / "none")]) == 2
    assert "holds no results" in capsys.readouterr().err


def test_a_store_without_a_finished_fold_is_named(tmp_path):
    dataset = make_dataset()
    dataset.data["eeg"][:, -1] = 99
    with pytest.raises(ValueError, match="cannot fit 99"):
        compare({"p": (Picky(99), "eeg")}, dataset, target="mood", store=tmp_path)
    with pytest.raises(ValueError, match="No fold in"):
        report(tmp_path)


def test_cliques_are_the_longest_runs_without_a_significant_pair():
    ranks = {"a": 1.2, "b": 2.0, "c": 2.9, "d": 3.9}
    p = dict.fromkeys((frozenset(x) for x in ("ab", "bc", "cd", "ac", "bd")), 0.5)
    p |= {frozenset("ad"): 0.01}
    assert cliques(ranks, p) == [["a", "b", "c"], ["b", "c", "d"]]
    p[frozenset("ac")] = p[frozenset("bd")] = p[frozenset("cd")] = 0.04
    assert cliques(ranks, p) == [["a", "b"], ["b", "c"]]
    assert cliques(ranks, dict.fromkeys(p, 0.001)) == []
    assert cliques(ranks, dict.fromkeys(p, float("nan"))) == [["a", "b", "c", "d"]]
