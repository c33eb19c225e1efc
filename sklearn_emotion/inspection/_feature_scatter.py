"""Figures 2 and 3 of two papers: learned features in the plane."""

import numpy as np
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

from sklearn_emotion.inspection._plots import last_step, make_axes, require_method


class FeatureScatterDisplay:
    """Learned features in the plane, coloured by class or rating.

    The counterpart of Figure 3 of DeepVANet's paper (the features of each branch, by
    t-SNE) and of Figure 2 of the modality-aware network's (before and after the
    attention). It is recommended to use `from_estimator`.

    Read more in the :ref:`User Guide <inspection>`.

    Parameters
    ----------
    points : ndarray of shape (n_samples, 2)
        Points in the plane.
    y : array-like of shape (n_samples,)
        Classes, or ratings (numbers of a float type), which colour the points.
    axis_name : str, default="t-SNE"
        What the axes are called, with a number behind.

    Attributes
    ----------
    scatters_ : list of matplotlib PathCollection
        One for each class, or one for ratings.
    ax_ : matplotlib Axes
        Axes with the points.
    figure_ : matplotlib Figure
        Figure of the axes.

    Notes
    -----
    t-SNE keeps neighbours together and no distances: that clouds lie apart says that a
    classifier could tell them, how far apart they lie says nothing.

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
        """Draw what a fitted network's ``transform`` gives for some samples.

        Parameters
        ----------
        estimator : estimator with ``transform`` or Pipeline that ends with one
            Fitted.
        X : ndarray or Modalities
            Samples, as the estimator takes them.
        y : array-like of shape (n_samples,)
            Classes or ratings.
        projection : {"tsne", "pca"} or transformer, default="tsne"
            From the features to the plane.
        reference : ndarray or Modalities, default=None
            Samples that a projection is fitted on, those of training for example. None
            takes X itself; t-SNE allows no others.
        random_state : int, default=0
            Seed of t-SNE.
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure.
        transform_params : dict or None, default=None
            Arguments of ``transform``: ``{"branch": "face"}`` for DeepVANet,
            ``{"stage": "before"}`` for the modality-aware network.
        **options : dict
            Arguments of :meth:`matplotlib.axes.Axes.scatter`.

        Returns
        -------
        display : FeatureScatterDisplay
            What was drawn.
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
        """Draw features that are there already.

        Parameters
        ----------
        features : ndarray of shape (n_samples, ...)
            Features, flattened.
        y : array-like of shape (n_samples,)
            Classes or ratings.
        projection : {"tsne", "pca"} or transformer, default="tsne"
            From the features to the plane.
        reference : ndarray of shape (n_others, ...), default=None
            Features that a projection is fitted on; None takes `features`.
        random_state : int, default=0
            Seed of t-SNE.
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure.
        **options : dict
            Arguments of :meth:`matplotlib.axes.Axes.scatter`.

        Returns
        -------
        display : FeatureScatterDisplay
            What was drawn.

        Raises
        ------
        ValueError
            If the projection is unknown, or has to be fitted on what it projects.
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
                f"{name} cannot be fitted on a reference: it places the points that it "
                'gets and no others. Take projection="pca".'
            )
        return cls(points, y, axis_name=name).plot(ax=ax, **options)

    def plot(self, ax=None, **options):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure.
        **options : dict
            Arguments of :meth:`matplotlib.axes.Axes.scatter`.

        Returns
        -------
        display : FeatureScatterDisplay
            Itself.
        """
        ax = make_axes(ax, figsize=(4, 3.4))
        options = {"s": 14} | options
        self.ax_, self.figure_ = ax, ax.figure
        if self.y.dtype.kind == "f":
            self.scatters_ = [ax.scatter(*self.points.T, c=self.y, **options)]
            self.figure_.colorbar(self.scatters_[0], ax=ax, label="rating")
        else:
            self.scatters_ = [
                ax.scatter(*self.points[self.y == label].T, label=str(label), **options)
                for label in np.unique(self.y)
            ]
            ax.legend(frameon=False)
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
