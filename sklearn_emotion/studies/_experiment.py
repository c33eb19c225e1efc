"""What a study consists of: experiments with rows, figures, and data sets."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sklearn_emotion.studies._printed import Printed

#: Reason for which most of the rows that cannot be produced are missing.
NOT_HERE = "The library does not contain this method."


@dataclass(frozen=True)
class Context:
    """The data and the settings that the estimators of a study are built for.

    Parameters
    ----------
    sfreq : dict of str to float
        Sampling rate of each modality in Hz.
    ch_names : dict of str to list of str
        Channel names of each modality.
    quick : bool
        Whether networks are trained for a few epochs with the default settings.
    settings : {"paper", "default"}
        Whether networks have the settings of their paper or the default settings of
        the library.
    teacher : estimator or None
        Fitted teacher of 3FACRNN.

    Examples
    --------
    >>> from sklearn_emotion import DGCNN
    >>> from sklearn_emotion.studies import Context
    >>> names = {"eeg": ["F3", "F4"]}
    >>> context = Context(sfreq={"eeg": 128.0}, ch_names=names, quick=True)
    >>> context.params(DGCNN, quick_epochs=2)
    {'max_epochs': 2}
    """

    sfreq: dict
    ch_names: dict
    quick: bool = False
    settings: str = "paper"
    teacher: object = None

    def params(self, network, quick_epochs):
        """Return the arguments of a network: of its paper, or fewer epochs if quick."""
        if self.quick:
            return {"max_epochs": quick_epochs}
        return network.paper_params() if self.settings == "paper" else {}

    def epochs(self, quick_epochs):
        """Return the number of epochs of a network of another paper, if quick."""
        return {"max_epochs": quick_epochs} if self.quick else {}


@dataclass(frozen=True)
class Row:
    """A row of a table.

    Parameters
    ----------
    build : callable or None
        ``build(context)`` returns the estimator and the modalities that it takes. None
        if the row cannot be produced.
    missing : str, default=""
        Why the row cannot be produced.
    protocol : str or None, default=None
        Name of the paper's split, if the rows of the table differ in it.
    """

    build: Callable | None = None
    missing: str = ""
    protocol: str | None = None


@dataclass(frozen=True)
class Experiment:
    """A table or figure of a paper whose numbers come from fitted models.

    Parameters
    ----------
    title : str
        What the table or figure shows.
    protocol : str
        Name of the paper's split, see :class:`PaperProtocol`.
    rows : dict of str to Row
        The rows, by the names that the paper gives them.
    scores : tuple of str
        Scores that the paper reports.
    datasets : tuple of str
        Data sets of the experiment.
    printed : Printed or None, default=None
        The numbers in the paper; None if there are only pictures.
    targets : tuple of str, default=("arousal", "valence")
        Ratings that are predicted, in the order of the paper.
    notes : tuple of str, default=()
        What a reader of the table has to know.
    """

    title: str
    protocol: str
    rows: dict
    scores: tuple
    datasets: tuple
    printed: Printed | None = None
    targets: tuple = ("arousal", "valence")
    notes: tuple = ()


@dataclass(frozen=True)
class Figure:
    """A figure of a paper.

    Parameters
    ----------
    title : str
        What can be seen in the figure.
    draw : callable
        ``draw(results)`` or ``draw(fits)`` returns a figure of matplotlib.
    experiments : tuple of str
        Tables that it can be drawn from.
    fits : tuple of str, default=()
        Rows that have to be fitted again, since the figure shows what networks have
        learned. ``draw`` then takes a list of `Fit`.

    Examples
    --------
    >>> from sklearn_emotion.studies import load_study
    >>> for name, figure in load_study("3facrnn").figures.items():
    ...     print(f"{name}: {figure.title}")
    figure 5: Accuracy of each subject
    figure 6: Confusion matrices
    figure 7: Mean weight of each band
    """

    title: str
    draw: Callable
    experiments: tuple
    fits: tuple = ()


@dataclass(frozen=True)
class Fit:
    """A fitted estimator, and samples that it has not been trained on.

    Parameters
    ----------
    name : str
        Row of the table.
    estimator : estimator
        Fitted estimator.
    X, y : array-like or Modalities, and ndarray
        Test samples as the estimator takes them, and their classes.
    context : Context
        What the estimator was built for.
    faces : ndarray of shape (n_frames, 3, height, width) or None
        Face of the first test sample, if the data set contains faces.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn_emotion.studies import Fit
    >>> X, y = np.zeros((4, 2)), np.array(["high", "high", "low", "high"])
    >>> fit = Fit("majority class", DummyClassifier().fit(X, y), X, y)
    >>> fit.estimator.score(fit.X, fit.y)
    0.75
    """

    name: str
    estimator: object
    X: object
    y: object
    context: Context = field(repr=False, default=None)
    faces: object = field(repr=False, default=None)
