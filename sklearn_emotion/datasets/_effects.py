"""What `make_emotion` can plant, and how subjects and trials deviate."""

import zlib
from dataclasses import dataclass, replace
from numbers import Real

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

# Cohen's d at which the best threshold on one normal feature reaches a balanced
# accuracy of 0.5, 0.70, 0.85 and 0.95: two classes, each with probability
# Phi(d / 2) on its side.
SIZES = {
    "none": 0.0,
    "small": 2 * ndtri(0.70),
    "medium": 2 * ndtri(0.85),
    "large": 2 * ndtri(0.95),
}
RATINGS = ("valence", "arousal")


@dataclass(frozen=True)
class Effect:
    """An effect to plant.

    Parameters
    ----------
    shows_in : tuple of str
        Modalities that carry it.
    size : float
        Cohen's d of the feature that it is defined by.
    rating : {"valence", "arousal"}
        The rating whose high and low trials it tells apart.
    span : tuple of (float, float) or None
        Part of the trial that carries it, in s from the trial's start.
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
# What a size alone plants, by modality.
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
        As `make_emotion` takes it.
    modalities : sequence of str
        Modalities that are generated.
    duration : float
        Length of a trial in s.

    Returns
    -------
    effects : dict of str to Effect
        Only those that are named.

    Raises
    ------
    ValueError
        If a name, a size or a place does not exist, or no modality shows the effect.
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
    """Who saw which stimulus, how it was rated, and how subjects and trials deviate.

    Deviations are normal. Those of subjects are drawn by strata, so that a few of them
    spread as many do; those of trials are independent of each other, since strata
    within classes would push decoding below chance where there is no effect. None
    of them depends on the effects that are planted.

    Parameters
    ----------
    n_subjects, n_trials : int
        Subjects, and trials of each.
    effects : dict of str to Effect
        What is planted.
    seed : int
        Seed of everything.
    seconds : float
        Length of a sample in s.
    subject_variation, trial_variation : float
        Factors of the standard deviations over subjects and over trials.
    correlation : float
        Share of an effect's variance over trials that is common to all effects.
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
        """Return a generator of its own for each place in the data set.

        Parameters
        ----------
        *path : str or int
            Names and numbers.

        Returns
        -------
        rng : numpy.random.Generator
            The same one for the same path and seed.
        """
        words = [p if isinstance(p, int) else zlib.crc32(p.encode()) for p in path]
        return np.random.default_rng([self.seed, *words])

    def deviation(self, name, subject_sd, trial_sd):
        """How much each trial deviates in a quantity, whatever its class.

        Parameters
        ----------
        name : str
            Effect, or another quantity.
        subject_sd, trial_sd : float
            Standard deviations over subjects and over the trials of one.

        Returns
        -------
        deviation : ndarray of shape (n_subjects, n_trials)
            In the unit of the standard deviations.
        """
        rng = self.rng("deviation", name)
        subject = _stratified(rng, self.shape[0])[:, np.newaxis]
        trial = np.sqrt(1 - self.correlation) * rng.normal(size=self.shape)
        common = self.rng("common").normal(size=self.shape)
        trial += np.sqrt(self.correlation) * common
        subject_sd, trial_sd = self.scaled(subject_sd, trial_sd)
        return subject_sd * subject + trial_sd * trial

    def scaled(self, subject_sd, trial_sd):
        """Standard deviations over subjects and trials after the user's factors.

        Parameters
        ----------
        subject_sd, trial_sd : float
            By default.

        Returns
        -------
        subject_sd, trial_sd : tuple of float
            In this data set.
        """
        return self.subject_variation * subject_sd, self.trial_variation * trial_sd

    def shift(self, name, deviation, estimate):
        """What an effect adds to each trial.

        Parameters
        ----------
        name : str
            Effect.
        deviation : ndarray of shape (n_subjects, n_trials)
            How much the feature that defines the effect deviates in each trial,
            whatever its class.
        estimate : float
            Variance with which a sample's signal shows this feature.

        Returns
        -------
        shift : ndarray of shape (n_subjects, n_trials)
            Half the effect, up in high and down in low trials; what the classes
            differ by chance is taken off.
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
        """Part of the trial that carries an effect.

        Parameters
        ----------
        name : str
            Effect.

        Returns
        -------
        span : tuple of (float, float) or None
            In s; None is the whole trial.
        """
        return self.effects[name].span if name in self.effects else None

    def visible_seconds(self, name):
        """How much of a sample carries an effect.

        Parameters
        ----------
        name : str
            Effect.

        Returns
        -------
        seconds : float
            Length in s.
        """
        span = self.span(name)
        return self.seconds if span is None else min(self.seconds, span[1] - span[0])


def _scale(error, noise):
    """Distance of two classes at which a threshold is right as often as at d = 1.

    For normal errors it is their standard deviation; those of a few subjects have
    lighter tails. It is solved for the medium size, for a threshold that knows both
    classes; one learned from other subjects is right half a percent less often.
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
    """Swap a tenth of the trials of either class, as subjects disagree."""
    n_swaps = round(0.1 * len(high))
    swapped = [
        rng.choice(np.flatnonzero(high == label), n_swaps, replace=False)
        for label in (0, 1)
    ]
    high = high.copy()
    high[np.concatenate(swapped)] ^= 1
    return high


def presence(span, times, ramp=0.2):
    """How strongly an effect is there at each time.

    Parameters
    ----------
    span : tuple of (float, float) or None
        Part of the trial that carries it, in s.
    times : ndarray of shape (n_times,)
        Time in s.
    ramp : float, default=0.2
        Duration of its onset and of its end, inside the span, in s.

    Returns
    -------
    weight : ndarray of shape (n_times,)
        From 0 to 1.
    """
    if span is None:
        return np.ones_like(times)
    start, stop = span
    ramp = min(ramp, (stop - start) / 2)
    inside = np.minimum(times - start, stop - times)
    return np.clip(inside / ramp, 0, 1)
