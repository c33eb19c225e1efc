"""Figure 5 of 3FACRNN's paper: a bar for each subject."""

import numpy as np
from sklearn.metrics import accuracy_score
from sklearn.utils.validation import check_consistent_length, column_or_1d

from sklearn_emotion.inspection._plots import make_axes


class SubjectScoresDisplay:
    """Score of each subject, with the dummy's beside it.

    The counterpart of Figure 5 of 3FACRNN's paper, which has no dummy. It is
    recommended to use `from_scores` on what
    :func:`~sklearn_emotion.evaluation.subject_scores` returns, or `from_predictions`.

    Read more in the :ref:`User Guide <inspection>`.

    Parameters
    ----------
    subjects : array-like of shape (n_subjects,)
        Subjects.
    scores : array-like of shape (n_subjects,)
        Score of each.
    dummy : array-like of shape (n_subjects,) or None, default=None
        Score of the dummy.
    score_name : str, default="accuracy"
        What is scored.

    Attributes
    ----------
    bars_ : matplotlib BarContainer
        Bars.
    ax_ : matplotlib Axes
        Axes with the bars.
    figure_ : matplotlib Figure
        Figure of the axes.

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
        """Draw one estimator of a table of scores.

        Parameters
        ----------
        by_subject : pandas.DataFrame
            From :func:`~sklearn_emotion.evaluation.subject_scores`.
        score : str, default="accuracy"
            Column to draw; ``dummy_<score>`` stands beside it.
        estimator : str or None, default=None
            Which estimator. None is the only one.
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure.
        **options : dict
            Arguments of :meth:`matplotlib.axes.Axes.bar`.

        Returns
        -------
        display : SubjectScoresDisplay
            What was drawn.

        Raises
        ------
        ValueError
            If the table has no such estimator, or several and none was named.
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
        """Draw the score of each subject's predictions.

        Parameters
        ----------
        y_true, y_pred : array-like of shape (n_samples,)
            Targets and predictions.
        subject : array-like of shape (n_samples,)
            Subject of each sample.
        dummy : array-like of shape (n_samples,) or None, default=None
            Predictions of a dummy.
        scoring : callable, default=accuracy_score
            ``scoring(y_true, y_pred)`` returns a score.
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure.
        **options : dict
            Arguments of :meth:`matplotlib.axes.Axes.bar`.

        Returns
        -------
        display : SubjectScoresDisplay
            What was drawn.
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
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure.
        **options : dict
            Arguments of :meth:`matplotlib.axes.Axes.bar`.

        Returns
        -------
        display : SubjectScoresDisplay
            Itself.
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
