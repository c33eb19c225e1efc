"""Domain losses: they draw the features of different subjects together in training.

A domain is one subject of the training data, or all samples without labels together.
"""

from contextlib import contextmanager
from math import exp

import numpy as np
import torch
from sklearn.utils.validation import check_consistent_length
from torch import nn
from torch.nn.functional import cross_entropy, one_hot

from sklearn_emotion._validation import check_groups, is_mapping
from sklearn_emotion.networks._data import TensorBatches, shared_tensor

# Key of a batch that holds the domain of each sample.
DOMAIN = "domain_of_sample"
# Samples of a domain in a batch, if the batch is large enough for several domains.
PER_DOMAIN = 8
# Smallest size of a batch: two samples of two domains.
MIN_BATCH = 4
# Factors of the median squared distance, one for each Gaussian kernel.
WIDTHS = (0.25, 0.5, 1.0, 2.0, 4.0)
SMALLEST = 1e-30  # squared distance whose inverse is finite in float32
N_HIDDEN = 64  # units of the discriminator


def mmd(features, domains):
    r"""Return the squared maximum mean discrepancy, averaged over pairs of domains.

    The estimate is unbiased. The kernel is the mean of the Gaussian kernels
    :math:`\exp(-\|x - y\|^2 / (w s))` with w in `WIDTHS`. s is the median of the
    squared distances between different samples, and is taken for a constant.

    Parameters
    ----------
    features : torch.Tensor of shape (n_samples, n_features)
        Features.
    domains : torch.Tensor of int of shape (n_samples,)
        Domain of each sample. Domains with a single sample are left out.

    Returns
    -------
    loss : torch.Tensor
        Loss as a tensor without axes. It is 0 if there are no pairs of domains.
    """
    members, counts = _members(features, domains)
    if len(counts) < 2:
        return features.new_zeros(())
    # Distances do not depend on the mean, but their rounding errors do.
    x = features - features.detach().mean(0)
    squares = x.square().sum(1)
    distances = (squares[:, None] + squares - 2 * x @ x.T).clamp(min=0)
    others = ~torch.eye(len(x), dtype=torch.bool, device=x.device)
    scale = distances.detach()[others].median().clamp(min=SMALLEST)
    kernel = sum(torch.exp(-distances / (w * scale)) for w in WIDTHS) / len(WIDTHS)
    kernel = kernel * others
    products = members.T @ kernel @ members
    within = products.diagonal() / (counts * (counts - 1))
    between = products / (counts[:, None] * counts)
    return _mean_over_pairs(within[:, None] + within - 2 * between)


def coral(features, domains):
    r"""Return the distance of covariances, averaged over pairs of domains.

    The distance of two covariances of d features is
    :math:`\|C_i - C_j\|_F^2 / (4 d^2)`.

    Parameters
    ----------
    features : torch.Tensor of shape (n_samples, n_features)
        Features.
    domains : torch.Tensor of int of shape (n_samples,)
        Domain of each sample. Domains with a single sample are left out.

    Returns
    -------
    loss : torch.Tensor
        Loss as a tensor without axes. It is 0 if there are no pairs of domains.
    """
    members, counts = _members(features, domains)
    x = features - members @ ((members.T @ features) / counts[:, None])
    # The inner products of covariances are sums of squared inner products of samples,
    # so no matrix of features by features is needed.
    scaled = members / (counts - 1)
    products = scaled.T @ (x @ x.T).square() @ scaled
    norms = products.diagonal()
    distances = norms[:, None] + norms - 2 * products
    return _mean_over_pairs(distances / (4 * features.shape[1] ** 2))


def _members(features, domains):
    """Return which sample belongs to which domain (N, D), as floats, and the counts.

    Domains with fewer than two samples are left out.
    """
    members = one_hot(domains).to(features.dtype)
    members = members[:, members.sum(0) > 1]
    return members, members.sum(0)


def _mean_over_pairs(distances):
    """Return the mean of the values above the diagonal (D, D), or 0 if D < 2."""
    n = distances.shape[0]
    return distances.triu(1).sum() / max(n * (n - 1) / 2, 1)


class ReverseGradient(torch.autograd.Function):
    """Return the input, and the gradient times a negative factor."""

    @staticmethod
    def forward(ctx, x, factor):
        """Return x."""
        ctx.factor = factor
        return x.view_as(x)

    @staticmethod
    def backward(ctx, gradient):
        """Return the reversed gradient."""
        return -ctx.factor * gradient, None


def ramp(progress):
    """Return the factor of the reversed gradient, from 0 at the start to almost 1."""
    return 2 / (1 + exp(-10 * progress)) - 1


class Discriminator(nn.Sequential):
    """Perceptron that predicts the domain of features (N, n_features)."""

    def __init__(self, n_features, n_domains):
        super().__init__(
            nn.Linear(n_features, N_HIDDEN), nn.ReLU(), nn.Linear(N_HIDDEN, n_domains)
        )


class DomainLoss:
    """Domain loss of one fit, with everything that is needed only in training.

    Parameters
    ----------
    kind : {"mmd", "coral", "dann"}
        Loss.
    weight : float
        Factor of the loss.
    n_domains : int
        Number of domains, including the samples without labels.
    example : dict of str to ndarray
        A sample, as the module receives it.
    unlabelled : dict of str to ndarray, or None
        Samples without labels.
    """

    def __init__(self, kind, weight, n_domains, example, unlabelled=None):
        self.kind = kind
        self.weight = weight
        self.n_domains = n_domains
        self.example = example
        self.unlabelled = unlabelled
        self.discriminator = None
        self.n_steps_done = 0

    def prepare(self, iterator, max_epochs):
        """Give the samples without labels to an iterator over training batches."""
        if self.unlabelled is not None:
            iterator.unlabelled = {
                key: shared_tensor(x) for key, x in self.unlabelled.items()
            }
        self.n_steps = max_epochs * len(iterator)

    def build(self, module, X, device):
        """Build the discriminator for the features of a module, if there is one."""
        if self.kind == "dann":
            module.eval()
            with torch.no_grad():
                _, features = outputs_and_features(module, X)
            size = features[:1].numel()
            self.discriminator = Discriminator(size, self.n_domains).to(device)

    def learnable(self):
        """Return the names and parameters of the discriminator."""
        if self.discriminator is None:
            return []
        return list(self.discriminator.named_parameters(prefix="discriminator"))

    def remove_from(self, optimizer):
        """Remove the discriminator from an optimizer."""
        gone = {parameter for _, parameter in self.learnable()}
        for group in optimizer.param_groups:
            group["params"] = [p for p in group["params"] if p not in gone]
        for parameter in gone:
            optimizer.state.pop(parameter, None)

    def __call__(self, features, domains):
        """Return the loss of the features (N, ...) of samples of the domains (n,).

        Several rows of features may belong to each sample.
        """
        x = features.flatten(1)
        domains = domains.repeat_interleave(x.shape[0] // domains.shape[0])
        if self.kind == "dann":
            factor = ramp(self.n_steps_done / self.n_steps)
            self.n_steps_done += 1
            logits = self.discriminator(ReverseGradient.apply(x, factor))
            return self.weight * cross_entropy(logits, domains)
        return self.weight * (mmd if self.kind == "mmd" else coral)(x, domains)


def outputs_and_features(module, X):
    """Return the outputs of a module, and what its last layer received.

    These are the argument of the method ``last_layer`` if the module has one, otherwise
    the result of ``features``. If ``forward`` calls neither, ``features`` is called
    after it.
    """
    takes_features = callable(getattr(type(module), "last_layer", None))
    with _recorded(module, "last_layer" if takes_features else "features") as calls:
        outputs = module(**X)
    if not calls:
        return outputs, module.features(**X)
    argument, result = calls[-1]
    return outputs, argument if takes_features else result


@contextmanager
def _recorded(module, name):
    """Collect first arguments and results of a method of a module inside the block."""
    method = getattr(module, name)
    calls = []

    def recording(*args, **kwargs):
        result = method(*args, **kwargs)
        calls.append((next(iter((*args, *kwargs.values())), None), result))
        return result

    setattr(module, name, recording)
    try:
        yield calls
    finally:
        delattr(module, name)


def first_samples(outputs, n, n_all):
    """Return the outputs of the first n of n_all samples, each with several rows."""
    if isinstance(outputs, torch.Tensor):
        return outputs[: n * (outputs.shape[0] // n_all)]
    parts = [first_samples(part, n, n_all) for part in outputs]
    make = getattr(type(outputs), "_make", tuple)  # a named tuple, or a tuple
    return make(parts)


class DomainBatches(TensorBatches):
    """Batches that contain several samples of each of a few domains.

    Each pass contains each sample once. The samples of a domain are divided at random
    into blocks of `PER_DOMAIN` or more, and the blocks of all domains are mixed. If
    there are samples without labels, some of them are appended to the inputs of each
    batch, which then have more rows than its targets.
    """

    unlabelled = None

    def __init__(self, dataset, batch_size, shuffle=False, drop_last=False):
        super().__init__(dataset, batch_size, shuffle, drop_last)
        n_domains = len(self.X[DOMAIN].unique())
        n_in_batch = min(max(batch_size // PER_DOMAIN, 2), n_domains)
        self.per_domain = max(batch_size // n_in_batch, 2)

    def __iter__(self):
        # All random numbers are drawn here, not when the first batch is asked for.
        order = self._order() if self.shuffle else torch.arange(self.edges[-1])
        batches = self._batches(order)
        if self.unlabelled is None:
            return batches
        return self._with_unlabelled(batches, self._order_of_unlabelled())

    def _order(self):
        """Return a random order of the samples, with blocks of the same domain."""
        domains = self.X[DOMAIN]
        rows, places = [], []
        for domain in domains.unique():
            members = torch.nonzero(domains == domain)[:, 0]
            members = members[torch.randperm(len(members))]
            n_blocks = max(round(len(members) / self.per_domain), 1)
            # The blocks of each domain are spread over the pass.
            place = (torch.arange(n_blocks) + torch.rand(n_blocks)) / n_blocks
            block = torch.arange(len(members)) * n_blocks // len(members)
            rows.append(members)
            places.append(place[block])
        places = torch.cat(places).argsort(stable=True)
        return torch.cat(rows)[places][: self.edges[-1]]

    def _order_of_unlabelled(self):
        n = len(self.unlabelled[DOMAIN])
        n_needed = len(self) * min(self.per_domain, n)
        passes = [torch.randperm(n) for _ in range(-(-n_needed // n))]
        return torch.cat(passes)[:n_needed].reshape(len(self), -1)

    def _with_unlabelled(self, batches, orders):
        for (X, y), rows in zip(batches, orders):
            more = {key: x[rows] for key, x in self.unlabelled.items()}
            yield {key: torch.cat([x, more[key]]) for key, x in X.items()}, y


def labelled(y, is_classifier, owner):
    """Return whether each sample has a label.

    In a classifier, the label -1 stands for none. In a regressor, NaN does.
    """
    if is_classifier:
        # A list may contain -1 next to strings.
        y = np.asarray(y, dtype=object if isinstance(y, (list, tuple)) else None)
        unknown = y == -1 if y.dtype.kind in "ifO" else np.zeros(y.shape)
    else:
        y = np.asarray(y)
        unknown = np.isnan(y) if y.dtype.kind == "f" else np.zeros(y.shape)
    if y.ndim == 0 or y.size == 0:
        return np.ones(y.shape[:1], bool)  # y is refused later
    unknown = np.asarray(unknown, bool).reshape(len(y), -1)
    has_label = ~unknown.all(axis=1)
    partly = np.flatnonzero(unknown.any(axis=1) & has_label)
    if len(partly):
        raise ValueError(
            f"Only some of the targets of sample {partly[0]} are marked as unknown. "
            f"{owner} takes samples with all targets, or with none."
        )
    if not has_label.any():
        mark = "-1" if is_classifier else "NaN"
        raise ValueError(
            f"All samples are marked as samples without labels ({mark}). {owner} needs "
            "labels for some of them."
        )
    return has_label


def domains_of(X, groups, first, owner):
    """Return the subject of each sample: ``X["subject"]``, or else the groups."""
    if is_mapping(X) and "subject" in X:
        domains = check_groups(X["subject"], 'X["subject"]')
        check_consistent_length(first, domains)
        return domains
    if groups is None:
        raise ValueError(
            f"{owner} with domain_loss needs the subject of each sample. Pass groups= "
            'to fit, or Modalities with the entry "subject".'
        )
    return groups
