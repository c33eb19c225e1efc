"""The report: the results of a comparison as one HTML page."""

import base64
import io
import re
from html import escape
from importlib.resources import files
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.evaluation._docs import RESULTS
from sklearn_emotion.evaluation._metrics import ERRORS
from sklearn_emotion.evaluation.read._conclusions import LEVEL, conclude, p_text
from sklearn_emotion.evaluation.read._figures import (
    confusion_matrix,
    critical_difference,
    subject_bars,
)
from sklearn_emotion.evaluation.read._results import is_regression, without_dummies
from sklearn_emotion.evaluation.read._statistics import (
    dummy_name,
    significance,
    without_rounding,
)
from sklearn_emotion.evaluation.read._tables import (
    note_of_labels,
    read_results,
    score_table,
    score_title,
    subject_scores,
)
from sklearn_emotion.evaluation.run._about import read_about
from sklearn_emotion.evaluation.run._store import Store, read_commands, write_atomically
from sklearn_emotion.model_selection._metadata import VERDICTS

_SHARED = {
    "trial": "Windows of the same trial appear in both training and test. The scores "
    "say nothing about new recordings",
    "subject": "The same subjects appear in both training and test. The scores are "
    "valid only for people whose recordings are in the training data",
    "stimulus": "The test subjects are new, but their stimuli also appear in training",
    "data set": "The test subjects and their stimuli are new, but training contains "
    "other people of the same data set",
    "none known": "Nothing is known to appear in both training and test, but the trial "
    "or the stimulus of some samples is unknown",
    "none": "No trial, subject or stimulus appears in both training and test",
}


@fill_doc(RESULTS)
def report(folder, out=None, *, pos_label=None):
    """Write the results of a comparison as one self-contained HTML page.

    The page shows the data, what may be concluded in words (see :func:`conclusions`),
    the estimators and their parameters, the mean and the spread of the scores over
    subjects, tests of the differences, a critical-difference diagram, the score of each
    subject, confusion matrices, all folds, what training and test share, the versions
    of the libraries, and the commands that made the results. In a browser, each figure
    can be saved as an SVG or PNG file, and the page can be printed.

    Dummies of scikit-learn that predict the majority class or the mean rating are left
    out, unless there are no other estimators, because the score of the comparison's own
    dummy is next to each score.

    Parameters
    ----------
    %(folder)s

    out : path-like or None, default=None
        File to write. If None, ``report.html`` in `folder`.

    %(pos_label)s

    Returns
    -------
    path : pathlib.Path
        The file.

    Raises
    ------
    FileNotFoundError
        If the folder holds no results.
    ValueError
        If all finished folds have failed.

    Examples
    --------
    >>> from sklearn_emotion.evaluation import report
    >>> report("results/deap")  # doctest: +SKIP
    """
    store = Store(folder)
    results = read_results(folder)
    if results.empty or results.predictions.empty:
        raise ValueError(f"No fold in {store.folder} has finished without an error.")
    page = _page(results, store, pos_label)
    path = store.folder / "report.html" if out is None else Path(out).absolute()
    write_atomically(path, page)
    return path


def _page(whole, store, pos_label):
    comparison, about = store.comparison(), read_about(store.folder)
    unit = whole.unit
    results = without_dummies(whole, whole)
    if not (results["error"] == "").any():
        results = whole
    predictions = results.predictions
    results.predictions = predictions[
        predictions["estimator"].isin(results["estimator"])
    ]
    by_subject = subject_scores(results, pos_label=pos_label)
    table = score_table(results, pos_label=pos_label)
    scores = [s for s in table.columns.get_level_values(0).unique() if s != "run"]
    main = scores[0]
    dummy = dummy_name(results)
    tests = significance(results, score=main, pos_label=pos_label)
    sections = [
        _summary(whole, comparison, about),
        _conclusions(conclude(results, tests, pos_label)),
        _estimators(results, store.descriptions()),
        section(
            "Scores",
            _score_rows(table, scores, dummy),
            _scores_note(dummy, table, unit),
        ),
    ]
    if by_subject["subject"].nunique() > 1:
        sections.append(
            section("Differences", _test_rows(tests), _tests_note(tests, dummy, unit))
        )
        if results["estimator"].nunique() > 1:
            figure = _ranking(by_subject, tests, main)
            sections.append(section("Ranks", figure, _RANKS_NOTE))
    if main not in ERRORS:
        figure = subject_bars(by_subject, main, dummy=f"dummy_{main}")
        note = f"{_capitalized(main)} of each subject. The tick marks the {dummy}."
        sections.append(section("Subjects", figure, note))
    if not is_regression(results):
        sections.append(section("Confusion", _confusions(results), _CONFUSION_NOTE))
    sections.append(section("All folds", _fold_rows(results, scores), ""))
    sections.append(_rerun(whole, read_commands(store.folder)))
    title = f"{comparison['target']}, {comparison['protocol']}"
    if "data set" in about:
        title = f"{about['data set'].partition(':')[0]}: {title}"
    return whole_page(title, sections)


_RANKS_NOTE = (
    "Mean rank over subjects; 1 is best. A bar joins estimators if no paired Wilcoxon "
    "test between any two of them is significant at 5 % after Holm's correction."
)
_CONFUSION_NOTE = (
    "Each row is a true class. The shade of a cell is its share of the row."
)


def _scores_note(dummy, table, unit):
    access = (
        " Target access is what a method uses of the people on whom it is tested: "
        "nothing, recordings at rest, test samples without labels, or labeled trials."
    )
    parts = [note_of_labels(table)]
    if unit == "trial":
        parts.append("The windows of a trial are averaged, and trials are scored.")
    notes = "".join(f" {part}" for part in parts if part)
    return (
        "Mean ± standard deviation over subjects, and below them the 95 % confidence "
        f"interval of the mean (Student's t). The columns {dummy} contain the scores "
        f"of a dummy that always predicts the {dummy} of all samples or, if subjects "
        f"appear in both training and test, of each subject.{access}{notes} Click a "
        "heading to sort the table."
    )


def _conclusions(table):
    """Return the section with the table of `conclusions`."""
    heads = [
        f"against the {table.attrs['dummy']}",
        "against the best classical estimator",
        "measured on",
        "what may not be concluded",
    ]
    rows = []
    for name, *cells in table.itertuples(index=False):
        lines = "".join(
            f'<td data-label="{head}">{escape(cell)}</td>'
            for head, cell in zip(heads, cells)
        )
        rows.append(f'<tr><th scope="row">{escape(str(name))}</th>{lines}</tr>')
    head = "".join(f'<th scope="col">{name}</th>' for name in ("estimator", *heads))
    body = f'<table class="words"><thead><tr>{head}</tr></thead>'
    note = (
        f"{_capitalized(table.attrs['score'])}: mean difference over subjects, its "
        "95 % bootstrap interval, and the p-value of Wilcoxon's test over subjects "
        f"after Holm's correction. Differences with p < {LEVEL} are called better or "
        "worse."
    )
    body += f"<tbody>{''.join(rows)}</tbody></table>"
    return section("What may be concluded", body, note)


def _tests_note(tests, dummy, unit):
    counted = "trials" if unit == "trial" else "samples"
    binomial = (
        f" The binomial test compares the number of correct {counted} with the {dummy}."
        f" It assumes that {unit}s are independent, so that its p-value is a lower "
        "bound."
    )
    return (
        f"{_capitalized(tests.attrs['score'])} of the first minus the second "
        "estimator: mean over subjects and 95 % bootstrap interval. With few subjects, "
        "this interval is too narrow: in simulations, it contained the true mean in "
        "about 84 % of the cases with 5 subjects, 90 % with 10, 93 % with 20 and 94 % "
        "with 36. The p-values "
        "belong to the paired Wilcoxon test over subjects and the corrected resampled "
        f"t-test over folds.{binomial if _has_binomial(tests) else ''} All p-values "
        "are adjusted for the number of pairs with Holm's method."
    )


def _capitalized(score):
    """Return the name of a score with a capital letter."""
    title = score_title(score)
    return title[:1].upper() + title[1:]


def _has_binomial(tests):
    return tests["binomial_p"].notna().any()


def _summary(results, comparison, about):
    n_expected = int(comparison["n_folds"]) * results["estimator"].nunique()
    leaks = list(dict.fromkeys(results["leak"]))
    items = []
    for level in VERDICTS:
        if level in leaks:
            count = int((results["leak"] == level).sum())
            items.append(
                f'<p class="leak {level}"><b>shared: {level}</b> '
                f"({count} of {len(results)} folds). {_SHARED[level]}.</p>"
            )
    failed = results[results["error"] != ""]
    if len(failed):
        lines = "".join(
            f"<li>{escape(str(r.estimator))}, fold {r.fold}: {escape(r.error)}</li>"
            for r in failed.itertuples()
        )
        items.append(
            f'<div class="leak trial"><b>{len(failed)} folds failed</b>'
            f"<ul>{lines}</ul></div>"
        )
    if len(results) < n_expected:
        items.append(
            f'<p class="leak subject"><b>not finished</b>: {len(results)} of '
            f"{n_expected} folds. Run the same command to continue.</p>"
        )
    scored = "trials" if results.unit == "trial" else "samples"
    facts = about | {
        "target": comparison["target"],
        "task": comparison["task"],
        "protocol": comparison["protocol"],
        "folds": comparison["n_folds"],
        "subjects": results.predictions["subject"].nunique(),
        f"{scored} scored": results.predictions["sample"].nunique(),
        "seed": comparison["random_state"],
    }
    return fact_list(facts) + "".join(items)


def _estimators(results, descriptions):
    """Return the estimators with their parameters, as the store describes them."""
    rows = []
    for name in dict.fromkeys(results["estimator"]):
        text, _, modalities = descriptions.get(name, "").rpartition(" on ")
        modalities = ", ".join(re.findall(r"'([^']*)'", modalities))
        rows.append(
            f"<tr><th>{escape(name)}</th><td>{escape(modalities)}</td>"
            f"<td><code>{escape(text)}</code></td></tr>"
        )
    head = "<tr><th>estimator</th><th>modalities</th><th>parameters</th></tr>"
    body = f'<div class="wide"><table class="estimators"><thead>{head}</thead>'
    body += f"<tbody>{''.join(rows)}</tbody></table></div>"
    note = "Parameters that are not shown have their default values."
    return section("Estimators", body, note)


def whole_page(title, sections):
    """Return a self-contained HTML page of some sections."""
    template = files("sklearn_emotion.evaluation.read") / "report.html"
    text = template.read_text(encoding="utf-8").replace("{{title}}", escape(title))
    return text.replace("{{body}}", "\n".join(sections))


def fact_list(facts):
    """Return facts by their names as an HTML list."""
    cells = "".join(
        f"<div><dt>{escape(k)}</dt><dd>{escape(str(v))}</dd></div>"
        for k, v in facts.items()
    )
    return f"<dl>{cells}</dl>"


def section(title, body, note):
    """Return a section of a page with a heading and a note above its body."""
    note = f'<p class="note">{escape(note)}</p>' if note else ""
    return f"<section><h2>{escape(title)}</h2>{note}{body}</section>"


def picture(figure, text):
    """Return a figure of matplotlib as an image inside the page, and close it.

    `text` describes the figure for those who cannot see it.
    """
    import matplotlib.pyplot as plt

    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=110)
    plt.close(figure)
    code = base64.b64encode(stream.getvalue()).decode()
    source = f"data:image/png;base64,{code}"
    return f'<img alt="{escape(text)}" src="{source}" style="max-width:100%">'


def sortable(head, rows):
    """Return an HTML table of (text, sort key) cells; second lines are small."""
    kinds = [' class="text"' if isinstance(key, str) else "" for _, key in rows[0]]
    cells = "".join(
        f'<th scope="col"{kind}><button>{escape(name)}</button></th>'
        for name, kind in zip(head, kinds)
    )
    lines = []
    for row in rows:
        line = []
        for (text, key), kind, name in zip(row, kinds, head):
            first, _, second = text.partition("\n")
            small = f"<small>{escape(second)}</small>" if second else ""
            line.append(
                f'<td{kind} data-label="{escape(name)}" data-key="{escape(str(key))}">'
                f"{escape(first)}{small}</td>"
            )
        lines.append(f"<tr>{''.join(line)}</tr>")
    return (
        f'<div class="wide"><table class="sortable"><thead><tr>{cells}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _score_rows(table, scores, dummy):
    head = ["estimator"]
    for score in scores:
        head += [score_title(score), dummy]
    head += ["s per fold", "scored", "shared", "target access", "failed"]
    rows = []
    for name, row in table.iterrows():
        cells = [(str(name), str(name))]
        for score in scores:
            mean, sd, low, high, dummy = (
                row[score, k] for k in ("mean", "sd", "low", "high", "dummy")
            )
            text = f"{mean:.3f} ± {sd:.3f}\n{low:.3f} to {high:.3f}"
            cells += [(text, mean), (f"{dummy:.3f}", dummy)]
        run = row["run"]
        cells += [
            (f"{run['fold_time']:.2f}", run["fold_time"]),
            (f"{run['unit']}s", run["unit"]),
            (run["leak"], run["leak"]),
            (run["target_access"], run["target_access"]),
            (f"{run['n_failed']} of {run['n_folds']}", run["n_failed"]),
        ]
        rows.append(cells)
    return sortable(head, rows)


def _test_rows(tests):
    head = ["first", "second", "subjects", "difference", "interval"]
    head += ["p Wilcoxon", "p t-test"]
    head += ["p binomial"] if _has_binomial(tests) else []
    rows = []
    for row in tests.itertuples():
        p = [row.wilcoxon_p_holm, row.t_p_holm]
        p += [row.binomial_p_holm] if _has_binomial(tests) else []
        rows.append(
            [
                (row.first, row.first),
                (row.second, row.second),
                (str(row.n_subjects), row.n_subjects),
                (f"{row.difference:+.3f}", row.difference),
                (f"{row.low:+.3f} to {row.high:+.3f}", row.low),
                *((_p(value), 9 if np.isnan(value) else value) for value in p),
            ]
        )
    return sortable(head, rows)


def _p(value):
    if np.isnan(value):
        return ""
    return p_text(value).removeprefix("p ").removeprefix("= ")


def _ranking(by_subject, tests, score):
    wide = by_subject.pivot(index="subject", columns="estimator", values=score)
    wide = wide[list(dict.fromkeys(by_subject["estimator"]))].dropna()
    if wide.empty:
        return "<p>No subject was scored by every estimator.</p>"
    values = wide.to_numpy()
    sign = 1 if score in ERRORS else -1
    values = sign * without_rounding(values, np.abs(values).max())
    mean = rankdata(values, axis=1).mean(axis=0)
    ranks = dict(zip(wide.columns, mean.tolist()))
    pairs = zip(tests["first"], tests["second"], tests["wilcoxon_p_holm"])
    p = {frozenset((a, b)): value for a, b, value in pairs}
    return critical_difference(ranks, cliques(ranks, p))


def cliques(ranks, p_values, level=0.05):
    """Return the longest runs of neighbors in rank without a significant pair.

    `ranks` maps estimators to mean ranks, and `p_values` maps frozensets of two
    estimators to p-values. A run has at least two estimators and is no part of another.
    """
    names = sorted(ranks, key=ranks.get)
    runs = []
    for start in range(len(names)):
        for stop in range(len(names), start + 1, -1):
            run = names[start:stop]
            pairs = (p_values[frozenset(pair)] for pair in combinations(run, 2))
            if all(not value < level for value in pairs):
                if not any(set(run) <= set(other) for other in runs):
                    runs.append(run)
                break
    return runs


def _confusions(results):
    classes = np.unique(results.predictions["y_true"]).tolist()
    parts = [
        f"<figure><figcaption>{escape(str(name))}</figcaption>"
        f"{confusion_matrix(part, classes)}</figure>"
        for name, part in results.predictions.groupby("estimator", sort=False)
    ]
    return f'<div class="grid">{"".join(parts)}</div>'


def _fold_rows(results, scores):
    head = ["estimator", "fold", "subjects", "shared", "target access", "train", "test"]
    head += [score_title(s) for s in scores] + ["fit s", "score s", "peak MB", "error"]
    rows = []
    for row in pd.DataFrame(results).to_dict("records"):
        cells = [(str(row["estimator"]), str(row["estimator"]))]
        cells += [(str(row["fold"]), row["fold"])]
        subjects = row["test_subjects"]
        cells += [(subjects, subjects), (row["leak"], row["leak"])]
        cells += [(row["target_access"], row["target_access"])]
        cells += [(str(row[k]), row[k]) for k in ("n_train", "n_test")]
        numbers = [*scores, "fit_time", "score_time", "peak_memory"]
        for key in numbers:
            value = row[key]
            digits = 0 if key == "peak_memory" else 3
            text = "" if pd.isna(value) else f"{value:.{digits}f}"
            cells.append((text, -9 if pd.isna(value) else value))
        cells.append((row["error"], row["error"]))
        rows.append(cells)
    table = sortable(head, rows)
    return f"<details><summary>Show {len(rows)} folds</summary>{table}</details>"


def _rerun(results, commands):
    versions = "".join(f"<li>{escape(v)}</li>" for v in results["versions"].unique())
    warned = sorted({m for text in results["warnings"] for m in text.split("\n") if m})
    lines = [c["command"] for c in commands]
    body = f"<pre>{escape(chr(10).join(lines))}</pre>" if lines else ""
    body += f'<ul class="versions">{versions}</ul>'
    if warned:
        lines = "".join(f"<li>{escape(m)}</li>" for m in warned)
        body += f"<h3>Warnings of the estimators</h3><ul>{lines}</ul>"
    return section("Run it again", body, "")
