"""Deep canonical correlation analysis of two or more views."""

from itertools import combinations
from numbers import Integral, Real

import numpy as np
import torch
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sklearn_emotion._base import Interval, StrOptions, fit_context
from sklearn_emotion._docs import fill_doc
from sklearn_emotion.baselines.classical._canonical import linear_cca, mean_correlations
from sklearn_emotion.baselines.classical._docs import TEXTS
from sklearn_emotion.baselines.classical._views import ModalityReader
from sklearn_emotion.baselines.networks._correlation import (
    check_widths,
    correlation,
    perceptron,
)
from sklearn_emotion.networks._data import draw_seed, resolve_device
from sklearn_emotion.networks._docs import SHARED
from sklearn_emotion.networks._session import OwnGenerator, plain_torch
from sklearn_emotion.networks._stored import (
    OwnsNetworks,
    refuse_changed,
    without_memory,
)
from sklearn_emotion.networks._training import OPTIMIZERS

_TEXTS = """
X : Modalities or dict of str to ndarray
    Views of shape (n_samples, ...).

modalities : sequence of str
    Names of the views to use. If None, all modalities of the training data with
    two or more dimensions are used.

n_components : int
    Number of outputs of each network, and of canonical variates.

hidden : sequence of int
    Widths of the sigmoid layers. With (), the networks are linear.

regularization : float
    Number r that is added to the eigenvalues of the covariances.

fusion : {"mean", "concatenate"}
    How the variates of the views are combined to features.

view_weights : sequence of float
    Weight of each view in the mean, which is scaled to a sum of one. If None, all
    views have the same weight.

batch_size : int
    Number of samples in each training step. If None, all samples are used, since
    small batches give poor estimates of the covariances in the loss.
"""


@fill_doc(SHARED, TEXTS, _TEXTS)
class DeepCCA(OwnsNetworks, TransformerMixin, ModalityReader):
    r"""Deep canonical correlation analysis, a transformer for any classifier.

    One perceptron per view is trained so that the outputs of the views correlate [1]_.
    The loss is :math:`-\|\Sigma_{11}^{-1/2} \Sigma_{12} \Sigma_{22}^{-1/2}\|_{tr}`,
    summed over pairs of views. Linear CCA of the outputs follows. The variates of the
    views are combined by a weighted mean [2]_ or concatenated. Labels are not used.

    With ``missing="mask"``, the variates of a view that is missing in a sample are
    predicted from the views that the sample has, by the canonical correlations. `fit`
    uses the samples that have all views.

    X contains two or more modalities of shape ``(n_samples, ...)``, which are
    flattened. Read more in the :ref:`User Guide <deep_cca>`.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    modalities_ : list of str
        Names of the views, in the order in which they are used.

    networks_ : list of torch.nn.Sequential
        Fitted network of each view.

    correlations_ : ndarray of shape (n_components,)
        Correlation of the variates of the training samples, averaged over pairs of
        views. Networks also find correlation in noise. Use `correlations` on other
        samples.

    history_ : list of float
        Mean loss of each epoch.

    n_features_in_ : int
        Number of features of all views.

    See Also
    --------
    MultipleKernelClassifier : A fusion that uses the labels.

    Notes
    -----
    Departures from [1]_: training uses Adam on whole batches in place of L-BFGS,
    without pretraining by autoencoders. There may be more than two views. Covariances,
    loss and linear CCA are computed in float64.

    A missing variate is predicted by least squares from the variates of the same number
    in the other views. With two views, it is the other view's variate times their
    correlation on the training samples, so a variate that is uncorrelated between the
    views is replaced by 0, its mean. These correlations are too high if the networks
    overfit, see ``correlations_``.

    References
    ----------
    .. [1] G. Andrew, R. Arora, J. Bilmes and K. Livescu, "Deep canonical correlation
       analysis", ICML 2013.
    .. [2] W. Liu, J.-L. Qiu, W.-L. Zheng and B.-L. Lu, "Comparing recognition
       performance and robustness of multimodal deep learning models for multimodal
       emotion recognition", IEEE Transactions on Cognitive and Developmental Systems
       14(2), 2022.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import DeepCCA, Modalities
    >>> rng = np.random.default_rng(0)
    >>> common = rng.normal(size=(90, 1))
    >>> X = Modalities(
    ...     eeg=common + rng.normal(size=(90, 8)), ecg=common + rng.normal(size=(90, 4))
    ... )
    >>> cca = DeepCCA(n_components=2, hidden=(16,), max_epochs=20, random_state=0)
    >>> cca.fit_transform(X[:60]).shape
    (60, 2)

    The views share only one signal, so the second variates of other samples do not
    correlate:

    >>> (cca.correlations(X[60:]) > 0.3).tolist()
    [True, False]
    """

    _parameter_constraints: dict = {
        "modalities": ["array-like", None],
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "hidden": ["array-like"],
        "regularization": [Interval(Real, 0, None, closed="neither")],
        "fusion": [StrOptions({"mean", "concatenate"})],
        "view_weights": ["array-like", None],
        "lr": [Interval(Real, 0, None, closed="neither")],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 2, None, closed="left"), None],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "optimizer": [StrOptions(set(OPTIMIZERS)), type],
        "device": [str, torch.device],
        "standardize": ["boolean"],
        "missing": [StrOptions({"error", "mask"})],
        "verbose": ["verbose"],
        "random_state": ["random_state"],
    }

    _networks_attribute = "networks_"

    def __init__(
        self,
        *,
        modalities=None,
        n_components=20,
        hidden=(400, 200, 120),
        regularization=1e-3,
        fusion="mean",
        view_weights=None,
        lr=1e-3,
        max_epochs=50,
        batch_size=None,
        weight_decay=1e-4,
        optimizer="adam",
        device="auto",
        standardize=True,
        missing="error",
        verbose=0,
        random_state=None,
    ):
        self.modalities = modalities
        self.n_components = n_components
        self.hidden = hidden
        self.regularization = regularization
        self.fusion = fusion
        self.view_weights = view_weights
        self.lr = lr
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.weight_decay = weight_decay
        self.optimizer = optimizer
        self.device = device
        self.standardize = standardize
        self.missing = missing
        self.verbose = verbose
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Train the networks and find the canonical variates of their outputs.

        Parameters
        ----------
        %(X)s
        %(y)s

        Returns
        -------
        self : object
            Fitted transformer.

        Raises
        ------
        ValueError
            If there are fewer than two views, shapes or values do not match, fewer than
            two samples have all views, or training diverges.
        """
        # A transformer whose fit fails or is interrupted is not fitted.
        self.__dict__.pop("correlations_", None)
        check_widths(self.hidden)
        views = self._complete(self._views(X, reset=True))
        self._weights = self._fusion_weights(len(views))
        self._scales = [self._statistics(x) for x in views]
        views = self._scaled(views)
        seed = draw_seed(self.random_state)
        device = resolve_device(self.device)
        try:
            with plain_torch():
                generator = OwnGenerator(seed, device)
                tensors = [torch.as_tensor(x, device=device) for x in views]
                self._train(tensors, device, generator)
            outputs = self._outputs(views)
            if not all(np.isfinite(H).all() for H in outputs):
                raise np.linalg.LinAlgError("The networks' outputs are not finite.")
            self._means = [H.mean(axis=0) for H in outputs]
            centered = [H - mean for H, mean in zip(outputs, self._means)]
            n, r = self.n_components, self.regularization
            self._directions = linear_cca(centered, n, r)
        except (torch.linalg.LinAlgError, np.linalg.LinAlgError) as error:
            raise ValueError(
                f"DeepCCA diverged after {len(self.history_)} epochs: lower lr (now "
                f"{self.lr}), raise regularization (now {self.regularization}), or "
                "check X for extreme values."
            ) from error
        variates = self._variates(outputs)
        # The correlations between views, (n_components, n_views, n_views).
        products = np.einsum("ink,jnk->kij", variates, variates)
        self._between = products / (len(variates[0]) - 1)
        self.correlations_ = self._pairwise(variates)
        return self

    def _complete(self, views):
        """Return the samples that have all views."""
        gaps = _gaps(views)
        n_complete = int((~gaps.any(axis=0)).sum())
        if n_complete < 2:
            raise ValueError(
                "DeepCCA learns from samples that have all modalities, and needs at "
                f"least two of them. Only {n_complete} of {gaps.shape[1]} samples have "
                f"all of {self.modalities_}."
            )
        return _without(views, gaps.any(axis=0))

    def _train(self, views, device, generator):
        with generator:
            self.networks_ = [network.to(device) for network in self._new_networks()]
        optimizer = OPTIMIZERS.get(self.optimizer, self.optimizer)(
            [p for network in self.networks_ for p in network.parameters()],
            lr=self.lr,
            weight_decay=self.weight_decay,
        )
        n = len(views[0])
        batch_size = n if self.batch_size is None else min(self.batch_size, n)
        self.history_ = []
        for _ in self._epochs():
            losses = []
            with generator:
                order = torch.randperm(n, device="cpu")
            # Batches have similar sizes, so that none is too small for a covariance.
            for index in order.tensor_split(max(1, n // batch_size)):
                optimizer.zero_grad(set_to_none=True)
                loss = self._loss([x[index.to(device)] for x in views])
                loss.backward()
                optimizer.step()
                losses.append(loss.detach())
            self.history_.append(float(torch.stack(losses).mean()))

    def _new_networks(self):
        sizes = [len(mean) for mean, _ in self._scales]
        return [perceptron(n, self.hidden, self.n_components) for n in sizes]

    def _stored_networks(self):
        if repr(without_memory(self._new_networks)) != repr(self.networks_):
            refuse_changed(self)
        return self.networks_, {}

    def _restore_networks(self, device, record):
        self.networks_ = [network.to(device) for network in self._new_networks()]
        return self.networks_

    def _epochs(self):
        epochs = range(self.max_epochs)
        if not self.verbose:
            return epochs
        from tqdm.auto import tqdm

        return tqdm(epochs, desc="DeepCCA", unit="epoch")

    def _loss(self, views):
        H = [network(x) for network, x in zip(self.networks_, views)]
        r = self.regularization
        return -sum(correlation(a, b, r) for a, b in combinations(H, 2))

    def _fusion_weights(self, n_views):
        if self.view_weights is None:
            return np.full(n_views, 1 / n_views)
        weights = np.asarray(self.view_weights)
        numeric = weights.dtype.kind in "iuf" and np.isfinite(weights).all()
        if (
            not numeric
            or weights.shape != (n_views,)
            or (weights < 0).any()
            or not weights.any()
        ):
            raise ValueError(
                f"view_weights must be {n_views} non-negative numbers, one for each of "
                f"{self.modalities_}, got {self.view_weights}."
            )
        return weights / weights.sum()

    def _statistics(self, x):
        if not self.standardize:
            return np.zeros(x.shape[1], np.float32), np.ones(x.shape[1], np.float32)
        mean, std = x.mean(axis=0, dtype=np.float64), x.std(axis=0, dtype=np.float64)
        std[std <= 1e-6 * np.abs(mean)] = 1.0
        return mean.astype(np.float32), std.astype(np.float32)

    def _scaled(self, views):
        return [(x - mean) / std for x, (mean, std) in zip(views, self._scales)]

    def _outputs(self, views):
        device = next(self.networks_[0].parameters()).device
        with plain_torch(), torch.inference_mode():
            return [
                network(torch.as_tensor(x, device=device)).double().cpu().numpy()
                for network, x in zip(self.networks_, views)
            ]

    def _variates(self, outputs):
        return [
            (H - mean) @ w for H, mean, w in zip(outputs, self._means, self._directions)
        ]

    def _pairwise(self, variates):
        products = [
            (a * b).sum(axis=0) / (len(a) - 1) for a, b in combinations(variates, 2)
        ]
        return np.mean(products, axis=0)

    def correlations(self, X):
        """Return the correlation between the variates of the views on given samples.

        On samples that are not part of the training data, this measures whether the
        views have anything in common. On the training samples, it is equal to
        ``correlations_``, which is close to one even on noise if there are many
        features or units.

        Parameters
        ----------
        X : Modalities or dict of str to ndarray
            At least two samples of the views.

        Returns
        -------
        correlations : ndarray of shape (n_components,)
            Pearson's correlation of each variate, averaged over pairs of views. The
            correlation of a constant variate is 0. Samples in which a view is missing
            do not count.

        Raises
        ------
        ValueError
            If fewer than two samples have all views, or samples do not match the
            training data.
        """
        variates = self._observed(X)
        variates = _without(variates, _gaps(variates).any(axis=0))
        if len(variates[0]) < 2:
            raise ValueError(
                "Correlations need at least two samples that have all of "
                f"{self.modalities_}, got {len(variates[0])}."
            )
        return mean_correlations(variates)

    def variates(self, X):
        """Return the canonical variates of each view.

        Parameters
        ----------
        %(X)s

        Returns
        -------
        variates : list of ndarray of shape (n_samples, n_components)
            Variates in the order of ``modalities_``, with unit variance on the training
            samples. With ``missing="mask"``, the variates of missing views are
            predictions.
        """
        variates = self._observed(X)
        if _gaps(variates).any():
            variates = _predicted(variates, self._between)
        return variates

    def _observed(self, X):
        """Return the variates of each view, which are NaN where it is missing."""
        check_is_fitted(self)
        return self._variates(self._outputs(self._scaled(self._views(X, reset=False))))

    def transform(self, X):
        """Return the combined variates.

        Parameters
        ----------
        %(X)s

        Returns
        -------
        features : ndarray of float32
            Array of shape (n_samples, n_components). With ``fusion="concatenate"``,
            each view has `n_components` columns.
        """
        variates = self.variates(X)
        if self.fusion == "concatenate":
            return np.hstack(variates).astype(np.float32)
        mean = sum(weight * v for weight, v in zip(self._weights, variates))
        return mean.astype(np.float32)

    def get_feature_names_out(self, input_features=None):
        """Return the name of each feature, such as ``deepcca0`` or ``eeg_deepcca0``.

        Parameters
        ----------
        %(input_features)s

        Returns
        -------
        names : ndarray of str
            Names of the variates. With ``fusion="concatenate"``, the name of the view
            comes first.
        """
        check_is_fitted(self)
        names = [f"deepcca{i}" for i in range(len(self.correlations_))]
        if self.fusion == "concatenate":
            names = [f"{view}_{name}" for view in self.modalities_ for name in names]
        return np.array(names, dtype=object)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "correlations_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.dict = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        tags.non_deterministic = self.random_state is None
        return tags


def _gaps(views):
    """Return which samples lack which view, (n_views, n_samples)."""
    return np.isnan([x[:, 0] for x in views])


def _without(views, rows):
    """Return all views without some samples."""
    return [x[~rows] for x in views] if rows.any() else views


def _predicted(variates, correlations):
    """Return variates with predictions in place of NaN.

    Each variate of a missing view is predicted by least squares from the same variate
    of the views that the sample has. `correlations` has shape (n_components, n_views,
    n_views).
    """
    filled = np.array(variates)
    patterns, pattern = np.unique(_gaps(variates), axis=1, return_inverse=True)
    for i, lacks in enumerate(patterns.T):
        rows = pattern.ravel() == i
        for k, R in enumerate(correlations):
            # Smaller eigenvalues are rounding errors of the networks in float32.
            inverse = np.linalg.pinv(R[~lacks][:, ~lacks], rcond=1e-6, hermitian=True)
            weights = R[lacks][:, ~lacks] @ inverse
            filled[np.ix_(lacks, rows, [k])] = (
                weights @ filled[np.ix_(~lacks, rows, [k])][..., 0]
            )[..., None]
    return list(filled)
