"""Pipelines that list the settings that are worth searching."""

from sklearn.calibration import CalibratedClassifierCV
from sklearn.pipeline import Pipeline

from sklearn_emotion._docs import fill_doc

# Candidates for each class of step, for data sets of tens to thousands of samples.
GRIDS = {
    "SVC": {"C": [0.1, 1.0, 10.0, 100.0], "gamma": ["scale", 1e-4, 1e-3, 1e-2]},
    "SVR": {"C": [0.1, 1.0, 10.0, 100.0], "gamma": ["scale", 1e-4, 1e-3, 1e-2]},
    "Ridge": {"alpha": [4.0, 40.0, 400.0, 4000.0]},
    "LogisticRegression": {"C": [1e-4, 1e-3, 1e-2, 1e-1, 1.0]},
    "BandTangentSpace": {"metric": ["riemann", "logeuclid"]},
    "BandMinimumDistance": {"metric": ["riemann", "logeuclid"]},
    "FisherScoreSelector": {"threshold": [0.1, 0.2, 0.3, 0.5]},
    "SelectPercentile": {"percentile": [5, 10, 20, 50, 100]},
    "GaussianNB": {"var_smoothing": [1e-9, 1e-3, 1e-1]},
    # Grids of the papers of the networks.
    "ThreeFACRNN": {"distill_weight": [i / 10 for i in range(5, 16)]},
    "HierarchicalAttentionLSTM": {"penalty": [0.1, 0.3, 1.0, 3.0]},
    "DeepVANet": {
        "face_features": [16, 32, 64, 128, 256],
        "bio_features": [16, 32, 64, 128, 256],
    },
}


@fill_doc()
class TunablePipeline(Pipeline):
    """Pipeline that lists the settings that are worth searching.

    In all other respects, this is a :class:`~sklearn.pipeline.Pipeline`. All functions
    of this package that build an estimator, such as :func:`make_svm` and
    :func:`make_three_fac_rnn`, return one.

    Parameters
    ----------
    steps : list of (str, estimator)
        Name and estimator of each step.

    transform_input : list of str, default=None
        Names of the metadata that are transformed before a step receives them.

    memory : str or object with the joblib.Memory interface, default=None
        Where to cache fitted transformers.

    verbose : bool, default=False
        Whether to print the time that each step takes.

    Attributes
    ----------
    %(classes_)s

    Examples
    --------
    >>> from sklearn.model_selection import GridSearchCV, GroupKFold
    >>> from sklearn_emotion import make_logistic
    >>> clf = make_logistic()
    >>> search = GridSearchCV(clf, clf.param_grid(), cv=GroupKFold(5))
    >>> search.param_grid
    {'logistic__C': [0.0001, 0.001, 0.01, 0.1, 1.0]}
    """

    def param_grid(self):
        """Return candidates for all settings that are worth searching.

        Returns
        -------
        grid : dict of str to list
            Values of each parameter, as :class:`~sklearn.model_selection.GridSearchCV`
            expects them.
        """
        grid = {}
        for name, step in self.steps:
            if isinstance(step, CalibratedClassifierCV):
                name, step = f"{name}__estimator", step.estimator
            for param, values in GRIDS.get(type(step).__name__, {}).items():
                grid[f"{name}__{param}"] = list(values)
        return grid
