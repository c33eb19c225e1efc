"""Effects that `make_emotion` can plant, and how subjects and trials vary."""

import zlib
from dataclasses import dataclass, replace
from numbers import Real

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

# Cohen's d at which the best threshold on one normal feature reaches a balanced
# accuracy of 0.5, 0.70, 0.85 and 0.95. The accuracy in each class is Phi(d / 2).
SIZES = {
    "none": 0.0,
    "small": 2 * ndtri(0.70),
    "medium": 2 * ndtri(0.85),
    "large": 2 * ndtri(0.95),
}
RATINGS = ("valence", "arousal")
# Length in s of the rise and of the fall of an effect that fills a part of a trial.
RAMP = 0.2


@dataclass(frozen=True)
class Effect:
    """An effect to plant.

    Parameters
    ----------
    shows_in : tuple of str
        Modalities in which the effect shows.
    size : float
        Cohen's d of the feature that defines the effect.
    rating : {"valence", "arousal"}
        Rating whose high and low trials differ by the effect.
    span : tuple of (float, float) or None
        Part of the trial with the effect, in seconds from the start of the trial.
    band : str or None
        Frequency band of the EEG.
    region : str or None
        Region of the scalp.
    """

    shows_in: tuple
    size: float = 0.0
    rating: str = "valence"
    span: tuple | None = None
    band: str | None = None
    region: str | None = None


EFFECTS = {
    "alpha_asymmetry": Effect(("eeg",), band="alpha", region="frontal"),
    "gamma": Effect(("eeg",), band="gamma", region="temporal"),
    "power": Effect(("eeg",), band="beta", region="occipital"),
    "connectivity": Effect(("eeg",)),
    "heart_rate": Effect(("ecg",)),
    "smile": Effect(("face", "openface")),
    "skin_conductance": Effect(("gsr",)),
    "respiration": Effect(("resp",)),
}
# Effects that are planted if only a size is given, by modality.
DEFAULT_EFFECTS = {
    "eeg": ("alpha_asymmetry", "gamma"),
    "ecg": ("heart_rate",),
    "face": ("smile",),
    "openface": ("smile",),
    "gsr": ("skin_conductance",),
    "resp": ("respiration",),
}
_PLACE = {
    "alpha_asymmetry": {"band", "region"},
    "gamma": {"region"},
    "power": {"band", "region"},
}


def parse_effects(effect, modalities, duration):
    """Return the effects to plant, by name.

    Parameters
    ----------
    effect : str, float or dict
        Parameter of `make_emotion`.
    modalities : sequence of str
        Modalities that are generated.
    duration : float
        Length of a trial in seconds.

    Returns
    -------
    effects : dict of str to Effect
        Effects that `effect` names, or the default effects of the modalities.
    """
    if not isinstance(effect, dict):
        names = [name for modality in modalities for name in DEFAULT_EFFECTS[modality]]
        effect = dict.fromkeys(names, effect)
    return {
        name: _parse_effect(name, value, modalities, duration)
        for name, value in effect.items()
    }


def _parse_effect(name, value, modalities, duration):
    if name not in EFFECTS:
        raise ValueError(f"Unknown effect {name!r}; there are {sorted(EFFECTS)}.")
    default = EFFECTS[name]
    if not set(default.shows_in) & set(modalities):
        raise ValueError(
            f"Effect {name!r} shows in {' or '.join(map(repr, default.shows_in))}, "
            f"which is not among modalities={tuple(modalities)}."
        )
    options = dict(value) if isinstance(value, dict) else {"size": value}
    allowed = {"size", "rating", "span"} | _PLACE.get(name, set())
    if unknown := set(options) - allowed:
        raise ValueError(
            f"Effect {name!r} takes {sorted(allowed)}, not {sorted(unknown)}."
        )
    options["size"] = _parse_size(name, options.get("size", "medium"))
    if options.get("span") is not None:
        options["span"] = _parse_span(name, options["span"], duration)
    parsed = replace(default, **options)
    if parsed.rating not in RATINGS:
        raise ValueError(
            f"Effect {name!r}: rating must be one of {RATINGS}, got {parsed.rating!r}."
        )
    return parsed


def _parse_span(name, span, duration):
    try:
        start, stop = map(float, span)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"Effect {name!r}: span must be a pair of times in s, got {span!r}."
        ) from error
    if not 0 <= start < stop <= duration:
        raise ValueError(
            f"Effect {name!r}: span must satisfy 0 <= start < stop <= {duration:g} s "
            f"(the trial), got {span}."
        )
    return start, stop


def _parse_size(name, size):
    if isinstance(size, str) and size in SIZES:
        return SIZES[size]
    if isinstance(size, Real) and np.isfinite(size):
        return float(size)
    raise ValueError(
        f"The size of effect {name!r} must be one of {list(SIZES)} or a finite number "
        f"(Cohen's d), got {size!r}."
    )


class Design:
    """Order of the stimuli, ratings, and random deviations of subjects and trials.

    The deviations are normally distributed and do not depend on the planted effects.
    The deviations of subjects are drawn from strata, so that a few subjects spread as
    widely as many subjects do. The deviations of trials are independent, because strata
    within classes would push decoding below chance if there is no effect.

    Parameters
    ----------
    n_subjects, n_trials : int
        Number of subjects, and number of trials of each subject.
    effects : dict of str to Effect
        Effects to plant.
    seed : int
        Seed of all random numbers.
    seconds : float
        Length of a sample in seconds.
    subject_variation, trial_variation : float
        Factors of the standard deviations across subjects and across trials.
    correlation : float
        Share of an effect's variance across trials that is common to all effects.
    """

    def __init__(
        self,
        n_subjects,
        n_trials,
        effects,
        *,
        seed,
        seconds,
        subject_variation,
        trial_variation,
        correlation,
    ):
        self.shape = n_subjects, n_trials
        self.effects = effects
        self.seed = seed
        self.seconds = seconds
        self.subject_variation = subject_variation
        self.trial_variation = trial_variation
        self.correlation = correlation
        rng = self.rng("design")
        self.stimulus = np.stack([rng.permutation(n_trials) for _ in range(n_subjects)])
        number = np.arange(n_trials)
        by_stimulus = {"valence": number % 2, "arousal": (number + number // 2) % 2}
        self.labels = {
            rating: np.stack([_disagree(rng, high[order]) for order in self.stimulus])
            for rating, high in by_stimulus.items()
        }
        self.ratings = {
            rating: np.round(5 + (2 * high - 1) * rng.uniform(0.5, 4, high.shape), 2)
            for rating, high in self.labels.items()
        }

    def rng(self, *path):
        """Return the random generator of one place in the data set.

        The same path and seed always give the same random numbers.
        """
        words = [p if isinstance(p, int) else zlib.crc32(p.encode()) for p in path]
        return np.random.default_rng([self.seed, *words])

    def deviation(self, name, subject_sd, trial_sd):
        """Return the deviation of each trial in a quantity, independent of its class.

        Parameters
        ----------
        name : str
            Name of an effect or of another quantity.
        subject_sd, trial_sd : float
            Standard deviations across subjects and across the trials of one subject.

        Returns
        -------
        deviation : ndarray of shape (n_subjects, n_trials)
            Deviations in the unit of the standard deviations.
        """
        rng = self.rng("deviation", name)
        subject = _stratified(rng, self.shape[0])[:, np.newaxis]
        trial = np.sqrt(1 - self.correlation) * rng.normal(size=self.shape)
        common = self.rng("common").normal(size=self.shape)
        trial += np.sqrt(self.correlation) * common
        subject_sd, trial_sd = self.scaled(subject_sd, trial_sd)
        return subject_sd * subject + trial_sd * trial

    def scaled(self, subject_sd, trial_sd):
        """Return the standard deviations after multiplication by the user's factors."""
        return self.subject_variation * subject_sd, self.trial_variation * trial_sd

    def shift(self, name, deviation, estimate):
        """Return the amount by which an effect shifts each trial.

        Parameters
        ----------
        name : str
            Name of the effect.
        deviation : ndarray of shape (n_subjects, n_trials)
            Deviation of each trial in the feature that defines the effect, independent
            of its class.
        estimate : float
            Variance of the error with which the signal of a sample shows this feature.

        Returns
        -------
        shift : ndarray of shape (n_subjects, n_trials)
            Half of the effect, added in high trials and subtracted in low trials, minus
            the difference that the classes have by chance.
        """
        effect = self.effects.get(name)
        if effect is None or effect.size == 0:
            return np.zeros(self.shape)
        high = self.labels[effect.rating]
        by_chance = np.zeros(self.shape)
        for label in (0, 1):
            by_chance[high == label] = deviation[high == label].mean()
        scale = _scale(deviation - by_chance, np.sqrt(estimate))
        return effect.size * scale * (high - 0.5) - (by_chance - by_chance.mean())

    def span(self, name):
        """Return the part of the trial with an effect, in seconds.

        None is the whole trial.
        """
        return self.effects[name].span if name in self.effects else None

    def visible_seconds(self, name):
        """Return the length of the part of a sample that has an effect, in seconds."""
        span = self.span(name)
        return self.seconds if span is None else min(self.seconds, span[1] - span[0])


def _scale(error, noise):
    """Return the distance of two classes at which a threshold is as good as at d = 1.

    For normal errors, this is their standard deviation. The errors of a few subjects
    have lighter tails. The distance is solved for the medium size and a threshold that
    is optimal for both classes. A threshold learned from other subjects is less
    accurate by half a percent.
    """
    target = ndtr(SIZES["medium"] / 2) + 0.005

    def excess(distance):
        margins = (distance / 2 + np.stack([error, -error])) / noise
        return ndtr(margins).mean() - target

    limit = 2 * np.abs(error).max() + 10 * noise
    return brentq(excess, 0.0, limit) / SIZES["medium"]


def _stratified(rng, n):
    """Draw n standard normal numbers, one from each of n equally likely intervals."""
    return ndtri((rng.permutation(n) + rng.uniform(size=n)) / n)


def _disagree(rng, high):
    """Swap the labels of a tenth of the trials in each class, as subjects disagree."""
    n_swaps = round(0.1 * len(high))
    swapped = [
        rng.choice(np.flatnonzero(high == label), n_swaps, replace=False)
        for label in (0, 1)
    ]
    high = high.copy()
    high[np.concatenate(swapped)] ^= 1
    return high


def presence(span, times):
    """Return the strength of an effect at each time, from 0 to 1.

    Parameters
    ----------
    span : tuple of (float, float) or None
        Part of the trial with the effect, in seconds.
    times : ndarray of shape (n_times,)
        Times in seconds.
    """
    if span is None:
        return np.ones_like(times)
    start, stop = span
    ramp = min(RAMP, (stop - start) / 2)
    inside = np.minimum(times - start, stop - times)
    return np.clip(inside / ramp, 0, 1)
