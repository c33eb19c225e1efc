"""What a data set contains: samples and classes of each subject, and ratings."""

from numbers import Real

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.inspection._docs import DISPLAY

# Columns of the metadata that are not ratings.
_OTHERS = (
    "subject",
    "trial",
    "stimulus",
    "window",
    "onset",
    "start",
    "session",
    "number",
    "presentation",
)
_MOST_RATINGS = 4
# Columns of the summary, and their names in the legend.
_QUALITY = {"n_not_good": "not good", "n_left_out": "left out"}


@fill_doc(DISPLAY)
class DatasetDisplay:
    """Samples and classes of each subject, and histograms of the ratings.

    Look at the display before you train: it shows subjects with few samples, with one
    class only or with many samples that are not good, and ratings that are far from the
    threshold. Use `from_dataset` to create it.

    Read more in the :ref:`User Guide <own_data>`.

    Parameters
    ----------
    counts : pandas.DataFrame
        Number of samples, with one row per subject and one column per class.
    ratings : dict of str to array-like of shape (n_trials,)
        Values of each rating, one per trial.
    quality : pandas.DataFrame or None, default=None
        Number of samples by subject that are not good (``n_not_good``) and that were
        left out because they are not good (``n_left_out``), as in the summary of a data
        set. Each of the columns may be missing.
    thresholds : dict of str to float or None, default=None
        Thresholds of the ratings, which are drawn as dashed lines.

    Attributes
    ----------
    bars_ : list of matplotlib BarContainer
        Bars of each class.
    quality_bars_ : dict of str to matplotlib BarContainer
        Hatched bars of the samples that are not good, and empty bars, above the
        classes, of those that were left out.
    axes_ : list of matplotlib Axes
        Axes of the subjects, and of each rating.
    %(figure_)s

    See Also
    --------
    sklearn_emotion.datasets.EmotionDataset.summary : The same as a table.

    Examples
    --------
    >>> from sklearn_emotion.datasets import make_emotion
    >>> from sklearn_emotion.inspection import DatasetDisplay
    >>> dataset = make_emotion(n_subjects=2, n_trials=4, random_state=0)
    >>> display = DatasetDisplay.from_dataset(dataset, "valence")
    >>> display.counts[1].tolist(), list(display.ratings)
    ([6, 6], ['valence', 'arousal'])
    """

    def __init__(self, counts, ratings, quality=None, *, thresholds=None):
        self.counts = counts
        self.quality = quality
        self.thresholds = {} if thresholds is None else dict(thresholds)
        self.ratings = {name: np.asarray(values) for name, values in ratings.items()}

    @classmethod
    def from_dataset(cls, dataset, target=None, *, threshold=5.0):
        """Draw the samples of a data set.

        Parameters
        ----------
        dataset : EmotionDataset
            Data set.
        target : str or None, default=None
            Rating or label whose classes are drawn in different colors.
        threshold : float or str, default=5.0
            Ratings above the threshold are high.

        Returns
        -------
        display : DatasetDisplay
            The drawn display. At most four ratings are shown, each trial once.
        """
        metadata = dataset.metadata
        summary = dataset.summary()
        counts = summary[["n_samples"]]
        quality = summary.filter(list(_QUALITY))
        if target is None:
            counts = counts.rename(columns={"n_samples": "samples"})
        else:
            y = dataset.target(target, threshold)
            by_class = pd.crosstab(metadata["subject"], y)
            # The summary also contains subjects without a sample left.
            counts = by_class.reindex(counts.index, fill_value=0)
            counts.columns.name = target
        if "trial" in metadata:
            metadata = metadata.drop_duplicates("trial")
        names = [
            name
            for name in metadata
            if name not in _OTHERS
            and is_numeric_dtype(metadata[name])
            and not is_bool_dtype(metadata[name])
        ]
        ratings = {n: metadata[n].dropna().to_numpy() for n in names[:_MOST_RATINGS]}
        is_number = isinstance(threshold, Real) and target in ratings
        thresholds = {target: float(threshold)} if is_number else None
        return cls(counts, ratings, quality, thresholds=thresholds).plot()

    def plot(self, axes=None):
        """Draw the display.

        Parameters
        ----------
        axes : sequence of matplotlib Axes or None, default=None
            One axes for the subjects, and one for each rating. None creates a figure.

        Returns
        -------
        display : DatasetDisplay
            This display.
        """
        if axes is None:
            import matplotlib.pyplot as plt

            n_ratings = len(self.ratings)
            figure = plt.figure(
                layout="constrained", figsize=(8, 3 + 2 * (n_ratings > 0))
            )
            grid = figure.add_gridspec(1 + (n_ratings > 0), max(n_ratings, 1))
            axes = [figure.add_subplot(grid[0, :])]
            axes += [figure.add_subplot(grid[1, i]) for i in range(n_ratings)]
        top, *below = axes
        places, bottom, self.bars_ = np.arange(len(self.counts)), 0, []
        for name in self.counts:
            heights = self.counts[name].to_numpy()
            self.bars_.append(top.bar(places, heights, bottom=bottom, label=str(name)))
            bottom = bottom + heights
        self.quality_bars_ = {}
        for name in () if self.quality is None else self.quality:
            heights = self.quality[name].to_numpy()
            is_gone = name == "n_left_out"
            self.quality_bars_[name] = top.bar(
                places,
                heights,
                bottom=bottom if is_gone else 0,
                label=_QUALITY[name],
                fill=False,
                edgecolor="0.3",
                hatch=None if is_gone else "///",
            )
            bottom = bottom + heights * is_gone
        step = max(1, -(-len(places) // 20))
        top.set_xticks(places[::step], [str(s) for s in self.counts.index[::step]])
        top.set(xlabel="subject", ylabel="samples")
        if len(self.bars_) + len(self.quality_bars_) > 1:
            top.set_ylim(0, 1.35 * max(np.max(bottom), 1))
            top.legend(
                title=self.counts.columns.name,
                ncols=4,
                fontsize="small",
                title_fontsize="small",
                loc="upper right",
            )
        for ax, (name, values) in zip(below, self.ratings.items()):
            ax.hist(values, bins=16, color="0.5")
            ax.set(xlabel=name, ylabel="trials" if ax is below[0] else "")
            if name in self.thresholds:
                ax.axvline(self.thresholds[name], color="k", ls="--")
        self.axes_, self.figure_ = list(axes), top.figure
        return self
