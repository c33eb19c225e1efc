"""Score of each subject (Figure 5 of the paper of 3FACRNN)."""

import numpy as np
from sklearn.metrics import accuracy_score
from sklearn.utils.validation import check_consistent_length, column_or_1d

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.inspection._docs import BARS, DISPLAY
from sklearn_emotion.inspection._plots import make_axes


@fill_doc(DISPLAY, BARS)
class SubjectScoresDisplay:
    """Score of each subject, next to the score of a dummy.

    The display corresponds to Figure 5 of the paper of 3FACRNN, which has no dummy. To
    create it, use `from_scores` with the output of
    :func:`~sklearn_emotion.evaluation.subject_scores`, or `from_predictions`.

    Read more in the :ref:`User Guide <inspection>`.

    Parameters
    ----------
    subjects : array-like of shape (n_subjects,)
        Names of the subjects.
    scores : array-like of shape (n_subjects,)
        Score of each subject.
    dummy : array-like of shape (n_subjects,) or None, default=None
        Score of the dummy for each subject.
    %(score_name)s

    Attributes
    ----------
    %(bars_)s
    %(ax_)s
    %(figure_)s

    Examples
    --------
    >>> from sklearn_emotion.inspection import SubjectScoresDisplay
    >>> display = SubjectScoresDisplay.from_predictions(
    ...     [0, 1, 0, 1], [0, 1, 1, 1], subject=[7, 7, 9, 9], dummy=[0, 0, 0, 0]
    ... )
    >>> display.scores.tolist(), display.dummy.tolist()
    ([1.0, 0.5], [0.5, 0.5])
    """

    def __init__(self, subjects, scores, *, dummy=None, score_name="accuracy"):
        self.subjects = np.asarray(subjects)
        self.scores = np.asarray(scores, dtype=np.float64)
        self.dummy = None if dummy is None else np.asarray(dummy, dtype=np.float64)
        self.score_name = score_name

    @classmethod
    def from_scores(
        cls, by_subject, *, score="accuracy", estimator=None, ax=None, **options
    ):
        """Draw the scores of one estimator in a table.

        Parameters
        ----------
        by_subject : pandas.DataFrame
            Table from :func:`~sklearn_emotion.evaluation.subject_scores`.
        score : str, default="accuracy"
            Column to draw, next to the column ``dummy_<score>``.
        estimator : str or None, default=None
            Name of the estimator. It may be None if the table has only one.
        %(ax)s
        %(**options)s

        Returns
        -------
        display : SubjectScoresDisplay
            The drawn display.

        Raises
        ------
        ValueError
            If the table does not contain the estimator, or if `estimator` is None and
            the table contains several.
        """
        names = list(dict.fromkeys(by_subject["estimator"]))
        if estimator is None and len(names) == 1:
            (estimator,) = names
        if estimator not in names:
            raise ValueError(f"estimator must be one of {names}, got {estimator!r}.")
        mine = by_subject[by_subject["estimator"] == estimator]
        display = cls(
            mine["subject"],
            mine[score],
            dummy=mine.get(f"dummy_{score}"),
            score_name=score,
        )
        return display.plot(ax=ax, **options)

    @classmethod
    def from_predictions(
        cls,
        y_true,
        y_pred,
        *,
        subject,
        dummy=None,
        scoring=accuracy_score,
        ax=None,
        **options,
    ):
        """Draw the scores of predictions, by subject.

        Parameters
        ----------
        y_true, y_pred : array-like of shape (n_samples,)
            Targets and predictions.
        subject : array-like of shape (n_samples,)
            Subject of each sample.
        dummy : array-like of shape (n_samples,) or None, default=None
            Predictions of a dummy.
        scoring : callable, default=accuracy_score
            Function that computes a score as ``scoring(y_true, y_pred)``.
        %(ax)s
        %(**options)s

        Returns
        -------
        display : SubjectScoresDisplay
            The drawn display.
        """
        y_true, y_pred, subject = map(column_or_1d, (y_true, y_pred, subject))
        check_consistent_length(y_true, y_pred, subject, dummy)
        subjects = np.unique(subject)

        def score(predicted):
            predicted = np.asarray(predicted)
            masks = (subject == name for name in subjects)
            return [scoring(y_true[mask], predicted[mask]) for mask in masks]

        display = cls(
            subjects,
            score(y_pred),
            dummy=None if dummy is None else score(dummy),
            score_name=scoring.__name__.removesuffix("_score"),
        )
        return display.plot(ax=ax, **options)

    def plot(self, ax=None, **options):
        """Draw a bar for each subject.

        Parameters
        ----------
        %(ax)s
        %(**options)s

        Returns
        -------
        display : SubjectScoresDisplay
            This display.
        """
        n = len(self.subjects)
        ax = make_axes(ax, figsize=(max(4, 0.25 * n + 1.5), 2.8))
        places = np.arange(n)
        self.bars_ = ax.bar(places, self.scores, **{"width": 0.8} | options)
        mean = np.nanmean(self.scores)
        ax.axhline(mean, color="0.4", lw=1, label=f"mean {mean:.3f}")
        if self.dummy is not None:
            dummy = {"colors": "k", "lw": 1.5, "label": "dummy"}
            ax.hlines(self.dummy, places - 0.4, places + 0.4, **dummy)
        every = max(1, int(np.ceil(n / 40)))
        ax.set_xticks(places[::every], self.subjects[::every])
        ax.set(xlabel="subject", ylabel=self.score_name.replace("_", " "))
        ax.margins(x=0.02)
        if np.nanmin(self.scores) >= 0 and np.nanmax(self.scores) <= 1:
            ax.set_ylim(0, 1)
        ax.legend(frameon=False, ncols=2, loc="lower left", bbox_to_anchor=(0, 1))
        self.ax_, self.figure_ = ax, ax.figure
        return self
