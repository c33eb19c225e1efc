"""A table is run with both splits, and its page contains every number."""

import re
from html import unescape

import numpy as np
import pytest
from _study import load, make_study

from sklearn_emotion import make_logistic
from sklearn_emotion.base import LeakageWarning
from sklearn_emotion.datasets import make_emotion
from sklearn_emotion.evaluation import compare, score_table
from sklearn_emotion.model_selection import PaperProtocol
from sklearn_emotion.studies._cost import cost_of

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_emotion.base.LeakageWarning")


@pytest.fixture(scope="module")
def results():
    study = make_study()
    dataset = study.load("toy")
    with pytest.warns(LeakageWarning):
        return study.run("1", dataset, quick=True)


def test_the_table_contains_what_compare_gives_with_both_splits(results):
    study, dataset = results.study, results.dataset
    paper = PaperProtocol("deepvanet-per-subject", n_splits=2, n_repeats=1)
    y = dataset.target("valence")
    splits = {"paper": paper, "honest": paper.honest_twin(y, dataset.metadata)}
    line = results.scores.query("row == 'Logistic & co' and target == 'valence'").iloc[
        0
    ]
    for side, cv in splits.items():
        own = compare(
            {"a": (make_logistic(sfreq=128.0), "eeg")},
            dataset,
            target="valence",
            protocol=cv,
        )
        expected = score_table(own, scores=["accuracy"]).iloc[0]
        np.testing.assert_allclose(line[side], 100 * expected["accuracy", "mean"])
        np.testing.assert_allclose(line[f"{side}_sd"], 100 * expected["accuracy", "sd"])
        dummy = 100 * expected["accuracy", "dummy"]
        np.testing.assert_allclose(line[f"{side}_dummy"], dummy)
    assert (line["paper_shares"], line["honest_shares"]) == ("trial", "subject")
    assert line[["printed", "printed_sd"]].tolist() == [91.5, 1.25]
    assert study.printed("table 1")["source"].unique().tolist() == ["Table 1, page 2"]


def test_rows_with_a_split_of_their_own_are_run_with_it(results):
    pooled = results.scores[results.scores["row"] == "Pooled"]
    # The leak-free twin of pooled segments leaves out one subject at a time.
    assert pooled["honest_shares"].tolist() == ["stimulus", "stimulus"]
    assert pooled["paper_shares"].tolist() == ["trial", "trial"]
    protocols = {protocol for *_, protocol in results.parts}
    assert protocols == {"deepvanet-per-subject", "deepvanet-inter-subject"}


def test_rows_that_cannot_be_produced_have_their_printed_number_and_a_reason(results):
    other = results.scores[results.scores["row"] == "Other"]
    # The paper prints no arousal for this row.
    assert other["target"].tolist() == ["valence"]
    assert other["printed"].tolist() == [77.125]
    assert other["note"].tolist() == ["It is not <here>."]
    assert other[["paper", "honest"]].isna().all(axis=None)


def test_numbers_of_other_data_sets_are_not_shown(results):
    assert results.scores["printed"].max() < 97
    dataset = results.dataset.select(np.arange(len(results.dataset.data)))
    dataset["name"] = "something else"
    alone = results.study.run(
        "table 1", dataset, protocols="honest", rows=["Pooled"], quick=True
    )
    assert alone.scores["printed"].isna().all()
    assert "paper" not in alone.scores


def test_the_page_contains_every_number(results, tmp_path):
    path = results.to_html(tmp_path / "a.html", command="sklearn-emotion reproduce toy")
    text = path.read_text(encoding="utf-8")
    cells = [unescape(c) for c in re.findall(r"<td[^>]*>(.*?)(?:<small|</td)", text)]
    for row in results.scores.to_dict("records"):
        for side, digits in (("printed", 2), ("paper", 1), ("honest", 1)):
            if not np.isnan(row[side]):
                shown = f"{row[side]:.{digits}f}"
                if not np.isnan(row[f"{side}_sd"]):
                    shown += f" ± {row[f'{side}_sd']:.{digits}f}"
                assert shown in cells
        assert row["row"] in cells
        assert row["note"] == "" or row["note"] in cells
    assert "shares: trial" in text
    assert "A note about a &lt; b." in text
    assert "two folds instead of ten" in text
    for name in (
        "per-subject: 10-fold over segments of each",
        "inter-subject: 10-fold",
    ):
        assert f"Split deepvanet-{name}" in text
    assert "Table 1, page 2 of the paper" in text
    assert "sklearn-emotion reproduce toy" in text
    assert text.count('<img alt="') == 3
    # Nothing is read from elsewhere.
    sources = re.findall(r'(?:src|href)="(.{0,10})', text)
    assert set(sources) == {"data:image"}


def test_generated_recordings_are_named_as_such(tmp_path):
    study = make_study()
    dataset = study.load("toy", subjects=[0, 1])
    few = {"protocols": "honest", "rows": ["Pooled"], "quick": True}
    results = study.run("table 1", dataset, targets=["valence"], **few)
    assert "generated data" in results.to_html(tmp_path / "a.html").read_text()
    del dataset["generated"]
    dataset["DESCR"] = "Recordings of people. Surrogates can be generated from them."
    results = study.run("table 1", dataset, targets=["valence"], **few)
    assert "generated data" not in results.to_html(tmp_path / "b.html").read_text()


def test_a_fit_has_the_face_of_its_first_test_sample():
    dataset = make_emotion(
        n_subjects=2,
        n_trials=4,
        duration=2.5,
        window=2.5,
        modalities=("eeg", "face"),
        face_sfreq=2.0,
        face_size=16,
        random_state=0,
    )
    study = make_study()
    rows = ["Logistic & co"]
    call = {"protocols": "honest", "targets": ["valence"], "rows": rows, "quick": True}
    (fit,) = study.run("table 1", dataset, **call).fit(rows)
    (place,) = np.flatnonzero((dataset.data["eeg"] == fit.X[0]).all((1, 2)))
    np.testing.assert_array_equal(fit.faces, dataset.data["face"][place])
    del dataset.data["face"]
    (fit,) = study.run("table 1", dataset, **call).fit(rows)
    assert fit.faces is None


def test_a_store_is_continued(results, tmp_path):
    study, dataset = results.study, results.dataset
    run = {"protocols": "honest", "rows": ["Pooled"], "quick": True, "store": tmp_path}
    first = study.run("table 1", dataset, **run)
    files = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("folds/*/*.json")}
    assert len(files) == 2 * 4
    again = study.run("table 1", dataset, **run)
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("folds/*/*.json")} == files
    assert first.scores.equals(again.scores)


def test_ratings_at_the_threshold_fall_on_the_side_of_the_paper():
    dataset = load(None)
    dataset.metadata["valence"] = np.where(dataset.metadata["valence"] > 5, 5, 3)
    high = make_study(side=">=").classes(dataset, "valence")
    with pytest.warns(UserWarning, match="every sample on one side"):
        low = make_study().classes(dataset, "valence")
    assert high.mean() > 0
    assert low.mean() == 0


def test_the_cost_of_a_table_counts_all_its_folds(results):
    run = {"protocols": "honest", "quick": True, "targets": ["valence"]}
    cost = cost_of(results.study, "table 1", results.dataset, **run)
    # Two folds of each of four subjects, and one fold for each subject.
    assert dict(zip(cost["estimator"], cost["folds"])) == {
        "Logistic & co": 8,
        "Pooled": 4,
    }
    assert cost["tflop"].tolist() == [0, 0]
    arrays = sum(array.nbytes for array in results.dataset.data.values())
    # The arrays, and the training side of one fold at a time.
    assert arrays < 1e9 * cost.attrs["memory"] < 2 * arrays
    assert cost.attrs["seconds"] > 0


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda s, d: s.run("table 9", d), r"has \['table 1'\], got 'table 9'"),
        (lambda s, d: s.run("1", d, protocols=["loso"]), "some of .'paper', 'honest'"),
        (lambda s, d: s.run("1", d, rows=["Who"]), r"no rows \['Who'\]"),
        (lambda s, d: s.run("1", d, rows=["Other"]), "cannot be produced: It is not"),
        (lambda s, d: s.run("1", d, settings="best"), "settings must be"),
        (lambda s, d: s.load("deap"), r"has the data sets \['toy'\], got 'deap'"),
        (lambda s, d: s.figure("figure 9", None), "draws .*got 'figure 9'"),
    ],
)
def test_wrong_names_are_errors_that_list_the_names(results, call, match):
    with pytest.raises(ValueError, match=match):
        call(results.study, results.dataset)


def test_progress_bars_name_the_split_briefly(capsys):
    study = make_study()
    dataset = study.load("toy", subjects=[0, 1])
    run = {"rows": ["Logistic & co"], "targets": ["valence"], "quick": True}
    study.run("table 1", dataset, verbose=1, **run)
    bars = capsys.readouterr().err
    assert "paper: deepvanet-per-subject, valence" in bars
    assert "WithinSubject, valence" in bars
    assert "random_state" not in bars
