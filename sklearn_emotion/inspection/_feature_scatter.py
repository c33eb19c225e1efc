"""Learned features in two dimensions."""

from itertools import cycle

import numpy as np
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.inspection._docs import DISPLAY
from sklearn_emotion.inspection._plots import (
    MARKERS,
    last_step,
    make_axes,
    require_method,
)

_PARAMETERS = """
estimator : estimator or Pipeline
    Fitted estimator with ``transform``, or fitted pipeline that ends with one.

y : array-like of shape (n_samples,)
    Classes, or ratings as floats, which give the points their colors.

projection : {"tsne", "pca"} or transformer
    Projection of the features to two dimensions.

random_state : int
    Seed of t-SNE.

**options : dict
    Keyword arguments of :meth:`matplotlib.axes.Axes.scatter`.
"""


@fill_doc(DISPLAY, _PARAMETERS)
class FeatureScatterDisplay:
    """Learned features in two dimensions, colored by class or rating.

    The display corresponds to Figure 3 of the paper of DeepVANet (features of each
    branch, by t-SNE) and to Figure 2 of the paper of the modality-aware network, which
    shows the features of two fits in a test set: with and without the attention between
    modalities. Use `from_estimator` to create it, or `from_estimators` for several
    fits.

    Read more in the :ref:`User Guide <inspection>`.

    Parameters
    ----------
    points : ndarray of shape (n_samples, 2)
        Coordinates of the points.
    %(y)s
    axis_name : str, default="t-SNE"
        Label of both axes, which a number is appended to.

    Attributes
    ----------
    scatters_ : list of matplotlib PathCollection
        Points of each class, or all points if `y` contains ratings.
    %(ax_)s
    %(figure_)s

    Notes
    -----
    t-SNE preserves neighborhoods but not distances. If groups of points lie apart, a
    classifier can separate them. How far apart they lie has no meaning.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion.inspection import FeatureScatterDisplay
    >>> features = np.random.default_rng(0).normal(size=(20, 8))
    >>> display = FeatureScatterDisplay.from_features(
    ...     features, ["low", "high"] * 10, projection="pca"
    ... )
    >>> len(display.scatters_), display.points.shape
    (2, (20, 2))
    """

    def __init__(self, points, y, *, axis_name="t-SNE"):
        self.points = np.asarray(points)
        self.y = np.asarray(y)
        self.axis_name = axis_name

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        y,
        *,
        projection="tsne",
        reference=None,
        random_state=0,
        ax=None,
        transform_params=None,
        **options,
    ):
        """Draw the output of a fitted network's ``transform``.

        Parameters
        ----------
        %(estimator)s
        %(X)s
        %(y)s
        %(projection)s
        reference : ndarray or Modalities, default=None
            Samples, such as the training data, that the projection is fitted to. None
            stands for `X`, which is the only possibility for t-SNE.
        %(random_state)s
        %(ax)s
        transform_params : dict or None, default=None
            Arguments of ``transform``: ``{"branch": "face"}`` for DeepVANet,
            ``{"stage": "before"}`` for the modality-aware network.
        %(**options)s

        Returns
        -------
        display : FeatureScatterDisplay
            The drawn display.
        """
        params = transform_params or {}

        def features(samples):
            network, samples = last_step(estimator, samples)
            require_method(network, "transform", cls.__name__)
            return network.transform(samples, **params)

        return cls.from_features(
            features(X),
            y,
            projection=projection,
            reference=None if reference is None else features(reference),
            random_state=random_state,
            ax=ax,
            **options,
        )

    @classmethod
    def from_estimators(cls, estimators, X, y, *, ax=None, **options):
        """Draw the features of the same samples in several fits, side by side.

        Parameters
        ----------
        estimators : dict of str to estimator
            Fitted estimators, by the title of their panel.
        %(X)s
        %(y)s
        ax : sequence of matplotlib Axes or None, default=None
            Axes for each estimator. None creates a figure.
        **options : dict
            Other arguments of `from_estimator`.

        Returns
        -------
        displays : list of FeatureScatterDisplay
            The display of each estimator.
        """
        axes = make_axes(ax, len(estimators), figsize=(3.8 * len(estimators), 3.4))
        displays = []
        panels = np.atleast_1d(axes).ravel()
        for (title, estimator), panel in zip(estimators.items(), panels, strict=True):
            displays.append(cls.from_estimator(estimator, X, y, ax=panel, **options))
            panel.set_title(title, fontsize="medium")
        return displays

    @classmethod
    def from_features(
        cls,
        features,
        y,
        *,
        projection="tsne",
        reference=None,
        random_state=0,
        ax=None,
        **options,
    ):
        """Draw features that are already computed.

        Parameters
        ----------
        features : ndarray of shape (n_samples, ...)
            Features, which are flattened.
        %(y)s
        %(projection)s
        reference : ndarray of shape (n_others, ...), default=None
            Features that the projection is fitted to. None stands for `features`.
        %(random_state)s
        %(ax)s
        %(**options)s

        Returns
        -------
        display : FeatureScatterDisplay
            The drawn display.

        Raises
        ------
        ValueError
            If the projection is unknown, or if it cannot project other points than
            those it was fitted to but `reference` is given.
        """
        features = np.asarray(features).reshape(len(features), -1)
        plane, name = _projection(projection, len(features), random_state)
        if reference is None:
            points = plane.fit_transform(features)
        elif hasattr(plane, "transform"):
            reference = np.asarray(reference).reshape(len(reference), -1)
            points = plane.fit(reference).transform(features)
        else:
            raise ValueError(
                f"{name} cannot be fitted on a reference, because it cannot project "
                'other points. Use projection="pca".'
            )
        return cls(points, y, axis_name=name).plot(ax=ax, **options)

    def plot(self, ax=None, **options):
        """Draw the points.

        Parameters
        ----------
        %(ax)s
        %(**options)s

        Returns
        -------
        display : FeatureScatterDisplay
            This display.
        """
        ax = make_axes(ax, figsize=(4, 3.4))
        options = {"s": 14} | options
        self.ax_, self.figure_ = ax, ax.figure
        if self.y.dtype.kind == "f":
            self.scatters_ = [ax.scatter(*self.points.T, c=self.y, **options)]
            self.figure_.colorbar(self.scatters_[0], ax=ax, label="rating")
        else:
            self.scatters_ = []
            for marker, label in zip(cycle(MARKERS), np.unique(self.y)):
                style = {"marker": marker, "label": str(label)} | options
                points = self.points[self.y == label].T
                self.scatters_.append(ax.scatter(*points, **style))
            ax.legend(framealpha=0.6)
        ax.set(xlabel=f"{self.axis_name} 1", ylabel=f"{self.axis_name} 2")
        ax.set(xticks=[], yticks=[])
        return self


def _projection(projection, n_samples, random_state):
    if projection == "tsne":
        perplexity = min(30.0, (n_samples - 1) / 3)
        return TSNE(perplexity=perplexity, random_state=random_state), "t-SNE"
    if projection == "pca":
        return PCA(2), "component"
    if not hasattr(projection, "fit_transform"):
        raise ValueError(
            "projection must be 'tsne', 'pca' or a transformer with fit_transform, got "
            f"{projection!r}."
        )
    return clone(projection), type(projection).__name__
