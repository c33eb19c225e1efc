"""What may be concluded from the results of a comparison, in words."""

import importlib
import re
from functools import cache

import numpy as np
import pandas as pd
import sklearn

import sklearn_emotion
from sklearn_emotion._docs import fill_doc
from sklearn_emotion.evaluation._docs import RESULTS
from sklearn_emotion.evaluation.read._results import without_dummies
from sklearn_emotion.evaluation.read._statistics import dummy_name, significance
from sklearn_emotion.evaluation.read._tables import (
    score_table,
    score_title,
    subject_scores,
)

# Packages whose estimators are networks.
_NETWORKS = ("sklearn_emotion.models.", "sklearn_emotion.baselines.networks.")
#: Differences with smaller p-values are called better or worse.
LEVEL = 0.05
# With fewer subjects, the bootstrap interval covers the mean in less than 90 %.
_FEW = 10
# What the scores do not hold for, by the worst level that the splits share.
_SHARED = {
    "trial": "new recordings or new people, because windows of the same trials are in "
    "both training and test",
    "subject": "new people, because the test subjects are also in training",
    "stimulus": "new stimuli, because the stimuli of the test are also in training",
    "data set": "other data sets, because training contains other people of the same "
    "data set",
    "none known": "new trials or stimuli, because the trial or the stimulus of some "
    "samples is unknown",
}
_USED = {
    "none": "The method uses nothing of the test subjects.",
    "rest": "The method uses recordings of the test subjects at rest.",
    "unlabelled": "The method uses all samples of the test subjects, without labels.",
    "labels": "The method uses labeled samples of the test subjects.",
    "unknown": "It is not known what the method uses of the test subjects.",
}
_NEEDED = {
    "rest": "The score needs a recording at rest of each new person.",
    "unlabelled": "The score needs all samples of a new person before the first "
    "prediction.",
    "unknown": "It is not known what was used of the test subjects.",
}
_NO_CONCLUSION = (
    "No conclusion, because windows of the same trials are in both training and test."
)
# Facts of an estimator that the two last columns state.
_MEASURED = ("n_subjects", "leak", "unit", "target_access")
_LIMITS = ("n_subjects", "leak", "target_access", "labels", "n_failed", "n_folds")
_CLASS_NAME = re.compile(r"\b(?:\w+\.)*(_?[A-Z]\w*)\(")


@fill_doc(RESULTS)
def conclusions(results, *, score=None, pos_label=None):
    """State in words what may be concluded from the results of a comparison.

    The sentences follow from the tests of :func:`significance` and from the splits. An
    estimator is called better or worse if the p-value of Wilcoxon's test over subjects
    is below 0.05 after Holm's correction for all pairs, and the mean difference has the
    sign that the test found.

    Read more in the :ref:`User Guide <significance>`.

    Parameters
    ----------
    %(results)s

    %(score)s

    %(pos_label)s

    Returns
    -------
    table : pandas.DataFrame
        One row per estimator, and one sentence or several in each column:

        - ``estimator``: the name of the estimator.
        - ``versus_dummy``: whether it is better than the majority class (or the mean
          rating), by how much, and the p-value after Holm's correction.
        - ``versus_classical``: the same against the best classical estimator.
        - ``measured_on``: the number of subjects, whether they are in training, whether
          windows or trials were scored, and what was used of the test subjects.
        - ``limits``: what may not be concluded.

    Raises
    ------
    ValueError
        If `results` has no predictions, or no fold finished without an error.

    See Also
    --------
    significance : The tests that the sentences follow from.
    report : A page that contains the table.

    Notes
    -----
    An estimator is classical if scikit-learn or this library contains all of its parts,
    and none of them is a network. The best classical estimator has the best mean score
    over subjects. Since Holm's method corrects for all pairs, the comparison with it is
    valid although it was selected by its score.

    If windows of the same trials are in both training and test, the table states no
    conclusion, whatever the p-values are.

    Examples
    --------
    >>> from sklearn_emotion import make_svm
    >>> from sklearn_emotion.datasets import make_emotion
    >>> from sklearn_emotion.evaluation import compare, conclusions
    >>> dataset = make_emotion(n_subjects=4, n_trials=4, random_state=0)
    >>> results = compare({"svm": make_svm()}, dataset, target="valence")
    >>> table = conclusions(results)
    >>> print(table.loc[0, "measured_on"])
    The 4 test subjects are not in training. Windows are scored. The method uses nothing
    of the test subjects.
    """
    tests = significance(results, score=score, pos_label=pos_label)
    return conclude(results, tests, pos_label)


def conclude(results, tests, pos_label=None):
    """Return the table of `conclusions` for tests that `significance` has returned."""
    rest = without_dummies(results, results)
    # If only dummies have scores, they are what was tested.
    results = rest if (rest["error"] == "").any() else results
    score, dummy = tests.attrs["score"], dummy_name(results)
    means = subject_scores(results, pos_label=pos_label)
    means = means.groupby("estimator", sort=False)[score].mean()
    best, n_classical = _best_classical(results, means, tests.attrs["less_is_better"])
    facts = score_table(results, scores=[score], pos_label=pos_label)["run"]
    rows = []
    for name, run in facts.iterrows():
        if run["leak"] == "trial":
            versus = [_NO_CONCLUSION, _NO_CONCLUSION]
        elif name not in means.index:
            versus = ["No fold finished without an error."] * 2
        else:
            versus = [versus_other(tests, name, dummy)]
            if best is None:
                versus.append("No classical estimator was compared.")
            elif name == best:
                which = "best of the classical estimators"
                which = which if n_classical > 1 else "only classical estimator"
                versus.append(f"It is the {which}.")
            else:
                versus.append(versus_other(tests, name, best))
        rows.append(
            {
                "estimator": name,
                "versus_dummy": versus[0],
                "versus_classical": versus[1],
                "measured_on": measured_on(**_only(run, _MEASURED)),
                "limits": limits(**_only(run, _LIMITS)),
            }
        )
    table = pd.DataFrame(rows)
    table.attrs |= {"score": score, "dummy": dummy}
    return table


def _only(run, names):
    return {name: run[name] for name in names}


def versus_other(tests, name, other):
    """Return whether an estimator is better than another one, in a sentence.

    Parameters
    ----------
    tests : pandas.DataFrame
        From :func:`significance`. The pair may have either order.
    name, other : str
        Names of the two, of which the second may be the dummy.
    """
    pairs = tests.set_index(["first", "second"])
    is_turned = (name, other) not in pairs.index
    row = pairs.loc[(other, name) if is_turned else (name, other)]
    difference, low, high = row[["difference", "low", "high"]]
    if is_turned:
        difference, low, high = -difference, -high, -low
    what = f"the {other}" if other == dummy_title(tests) else other
    if row["n_subjects"] < 2:
        return (
            f"Not tested against {what}, because fewer than two subjects have scores."
        )
    p = row["wilcoxon_p_holm"]
    title = score_title(tests.attrs["score"])
    size = f"95 % interval {low:+.3f} to {high:+.3f}, {p_text(p)}"
    pair = (other, name) if is_turned else (name, other)
    if p < LEVEL and pair in tests.attrs.get("opposed", ()):
        return (
            f"No conclusion against {what}: {title} {difference:+.3f} ({size}), but "
            "Wilcoxon's test points in the other direction."
        )
    if p < LEVEL:
        is_better = (difference > 0) != tests.attrs["less_is_better"]
        return (
            f"{'Better' if is_better else 'Worse'} than {what}: {title} "
            f"{difference:+.3f} ({size})."
        )
    text = f"Not distinguishable from {what}: {title} {difference:+.3f} ({size})."
    n_tests = int(tests["wilcoxon_p_holm"].notna().sum())
    # No p-value of Wilcoxon's test is smaller than if all differences have one sign.
    if n_tests * 2.0 ** (1 - tests["n_subjects"].max()) >= LEVEL:
        n_subjects = int(tests["n_subjects"].max())
        text += (
            f" With {n_subjects} subjects and {n_tests} "
            f"{'comparison' if n_tests == 1 else 'comparisons'}, no difference can be "
            "significant."
        )
    return text


def dummy_title(tests):
    """Return the name of the dummy in tests, which is the last of the second ones."""
    return tests["second"].iloc[-1]


def measured_on(n_subjects, leak, unit, target_access):
    """Return on whom and on what the scores were measured, in sentences."""
    who = "The test subject is"
    if n_subjects != 1:
        who = f"The {n_subjects} test subjects are"
    where = "also" if leak in ("trial", "subject") else "not"
    level, _, n_trials = target_access.partition(":")
    used = _USED[level]
    if n_trials:
        used = f"The method uses {_trials(n_trials)} of each test subject."
    return f"{who} {where} in training. {unit.capitalize()}s are scored. {used}"


def limits(n_subjects, leak, target_access, labels, n_failed, n_folds):
    """Return what may not be concluded, in sentences."""
    level, _, n_trials = target_access.partition(":")
    parts = [f"No conclusion about {_SHARED[leak]}."] if leak in _SHARED else []
    if n_trials:
        # The training samples contain the test subjects because the method uses them.
        parts = parts if leak != "subject" else []
        parts.append(f"The score needs {_trials(n_trials)} of each new person.")
    elif level in _NEEDED:
        parts.append(_NEEDED[level])
    if labels in ("median", "subject-median"):
        parts.append("The classes depend on the ratings of the test subjects.")
    if n_subjects < _FEW:
        few = "1 subject is" if n_subjects == 1 else f"{n_subjects} subjects are"
        parts.append(
            f"{few} too few to conclude how the score varies between people, and the "
            "intervals are too narrow."
        )
    if n_failed:
        parts.append(f"{n_failed} of {n_folds} folds failed and are not scored.")
    return " ".join(parts)


def _trials(number):
    return f"{number} labeled {'trial' if number == '1' else 'trials'}"


def p_text(p):
    """Return a p-value as text with its relation."""
    if np.isnan(p):
        return "no p-value"
    return "p < 0.0001" if p < 1e-4 else f"p = {p:.4f}"


def _best_classical(results, means, less_is_better):
    """Return the name of the best classical estimator, and the number of them."""
    descriptions = results.descriptions or {}
    known = [n for n in means.index if is_classical(descriptions.get(n, ""))]
    scores = means[known].dropna()
    if scores.empty:
        return None, 0
    return (scores.idxmin() if less_is_better else scores.idxmax()), len(scores)


def is_classical(description):
    """Return whether an estimator consists of known parts that are no networks.

    `description` is the text by which a store describes the estimator.
    """
    names = set(_CLASS_NAME.findall(re.sub(r"'[^']*'", "''", description)))
    return bool(names) and all(map(_is_classical_part, names))


def _is_classical_part(name):
    if name not in sklearn_emotion.__all__:
        return name in _classes_of_sklearn()
    return not getattr(sklearn_emotion, name).__module__.startswith(_NETWORKS)


@cache
def _classes_of_sklearn():
    """Return the names of the classes of scikit-learn, without its networks."""
    names = set()
    for name in set(sklearn.__all__) - {"neural_network"}:
        part = vars(sklearn).get(name) or importlib.import_module(f"sklearn.{name}")
        names |= {key for key, value in vars(part).items() if isinstance(value, type)}
    return frozenset(names)


def format_conclusions(table):
    """Return a table from `conclusions` as text for a terminal."""
    lines = []
    for name, rows in table.groupby("estimator", sort=False):
        row = rows.iloc[0]
        lines.append(f"{name}: {row['versus_dummy']}")
        if row["versus_classical"] != row["versus_dummy"]:
            lines.append(f"    {row['versus_classical']}")
    for limit, rows in table[table["limits"] != ""].groupby("limits", sort=False):
        names = ", ".join(rows["estimator"])
        whose = "" if len(rows) == len(table) else f" ({names})"
        lines.append(f"Limits{whose}: {limit}")
    return "\n".join(lines)
