"""EEG with a pink spectrum, volume conduction and planted effects."""

import numpy as np
from scipy.fft import irfft, next_fast_len, rfftfreq

from sklearn_emotion.datasets._effects import presence
from sklearn_emotion.montage import grid_cells

# Edges in Hz; a change of level fades in and out over half a hertz around them.
BANDS = {
    "delta": (1.0, 3.5),
    "theta": (3.5, 7.5),
    "alpha": (7.5, 13.5),
    "beta": (13.5, 30.0),
    "gamma": (30.0, 64.0),
}
# Rows and columns of the 9 x 9 grid.
REGIONS = {
    "frontal": (range(3), range(9)),
    "temporal": (range(3, 6), (0, 1, 7, 8)),
    "central": (range(3, 6), range(2, 7)),
    "parietal": (range(6, 8), range(9)),
    "occipital": (range(8, 9), range(9)),
}
COUPLED = ("frontal", "parietal")

AMPLITUDE = 12.0  # root mean square of an average channel, in uV
KNEE = 2.0  # Hz, below which the spectrum is flat
PIVOT = 10.0  # Hz, about which the slope turns
EXPONENT = 1.3
ALPHA_PEAK, ALPHA_WIDTH, ALPHA_POWER = 10.0, 1.2, 3.0
COUPLING = 0.35  # Fisher z of the correlation of coupled channels
DRIFT = 0.15  # ln of amplitude, from the middle to the end of a trial

# Standard deviations over subjects and over trials, of ln power unless said.
GAIN_SD = 0.3, 0.1
LEVEL_SD = 0.15, 0.1  # of a band, on the whole scalp
MAP_SD = 0.2, 0.3  # of a band in one channel
ALPHA_SD = 0.4
EXPONENT_SD = 0.15
PEAK_SD = 0.6  # Hz
EFFECT_SD = {
    "alpha_asymmetry": (0.2, 0.3),
    "gamma": (0.15, 0.25),
    "power": (0.15, 0.25),
    "connectivity": (0.06, 0.08),  # Fisher z
}
# Variance of ln power is this over (bandwidth x duration).
ESTIMATE = 1.4


def region_mask(region, ch_names):
    """Return which channels lie in a region.

    Parameters
    ----------
    region : str
        Key of `REGIONS`.
    ch_names : list of str
        Channels.

    Returns
    -------
    mask : ndarray of bool of shape (n_channels,)
        At least one is True.

    Raises
    ------
    ValueError
        If there is no such region, or none of the channels lies in it.
    """
    if region not in REGIONS:
        raise ValueError(f"region must be one of {list(REGIONS)}, got {region!r}.")
    rows, columns = REGIONS[region]
    mask = np.array([r in rows and c in columns for r, c in grid_cells(ch_names)])
    if not mask.any():
        raise ValueError(f"None of the channels {ch_names} is {region}.")
    return mask


def asymmetry_pattern(region, ch_names):
    """Weights of +1 right and -1 left of the midline in a region.

    Parameters
    ----------
    region : str
        Key of `REGIONS`.
    ch_names : list of str
        Channels.

    Returns
    -------
    pattern : ndarray of shape (n_channels,)
        Zero on the midline and elsewhere.

    Raises
    ------
    ValueError
        If the region has no channel on one of the sides.
    """
    side = np.sign(grid_cells(ch_names)[:, 1] - 4)
    pattern = np.where(region_mask(region, ch_names), side, 0)
    if not {-1, 1} <= set(pattern):
        raise ValueError(
            f"An asymmetry needs {region} channels on both sides; got {ch_names}."
        )
    return pattern.astype(float)


class EEGSimulator:
    """Trials of EEG, each from a generator of its own.

    Channels are mixtures of independent noises that neighbours share; the mixtures
    have variance 1 in every class, and are then given each channel's spectrum. So
    powers and couplings are set independently of each other.

    Parameters
    ----------
    design : Design
        Subjects, trials and effects.
    ch_names : list of str
        Channels.
    sfreq : float
        Rate in Hz.
    duration : float
        Length of a trial in s.
    drift : float
        Factor of the slow drift within trials.
    stimulus_variation : float
        Standard deviation over stimuli of each channel's ln power in each band.
    """

    unit = "µV"
    time_axis = -1

    def __init__(self, design, ch_names, sfreq, duration, drift, stimulus_variation):
        self.design = design
        self.ch_names = ch_names
        self.shape = (len(ch_names),)
        self.drift = drift
        self.stimulus_variation = stimulus_variation
        self.n_times = round(duration * sfreq)
        self.times = np.arange(self.n_times) / sfreq
        self.n_fft = next_fast_len(self.n_times + round(sfreq), real=True)
        self.freqs = rfftfreq(self.n_fft, 1 / sfreq)
        self.sfreq = sfreq
        self.band_shapes = np.array([self._band_shape(*e) for e in BANDS.values()])
        cells = grid_cells(ch_names)
        self.alphaness = 0.3 + 0.7 * cells[:, 0] / 8  # stronger at the back
        self.mixing, self.resting_r = _mixing(cells)
        self._plan_effects()

    def trial(self, subject, trial):
        """Return one trial.

        Parameters
        ----------
        subject, trial : int
            Which one.

        Returns
        -------
        eeg : ndarray of float32 of shape (n_channels, n_times)
            In uV.
        """
        rng = self.design.rng("eeg", subject, trial)
        where = subject, trial
        base = self._spectrum_of(subject)
        n_noises = len(self.ch_names) + 1
        noise = rng.standard_normal((n_noises, 2 * len(self.freqs)), dtype=np.float32)
        level = self.level[where] + self._own_level(subject, trial, rng)
        z = self.fisher_z[where]
        for name in self.always:
            level = level + self.level_shift[name][where]
            z = z + self.z_shift[name][where]
        eeg = self._render(base, noise, level, z)
        for name in self.sometimes:
            shifted = level + self.level_shift[name][where]
            changed = self._render(base, noise, shifted, z + self.z_shift[name][where])
            weight = presence(self.design.span(name), self.times).astype(np.float32)
            eeg = eeg + weight * (changed - eeg)
        slope, phase = rng.normal(), rng.uniform(0, 2 * np.pi)
        position = 2 * self.times / self.times[-1] - 1
        gain = slope * position + 0.5 * np.sin(np.pi * position + phase)
        eeg *= np.exp(self.drift * DRIFT * gain).astype(np.float32)
        return eeg

    def _render(self, base, noise, level, z):
        """Signal of given ln powers (channel x band) and coupling."""
        shared = np.clip((np.tanh(z) - self.resting_r) / (1 - self.resting_r), 0, 0.9)
        shared = np.where(self.coupled, shared, 0)[:, np.newaxis]
        mixing = np.hstack([np.sqrt(1 - shared) * self.mixing, np.sqrt(shared)])
        mixture = mixing.astype(np.float32) @ noise
        mixture = mixture.reshape(len(mixture), -1, 2)  # real and imaginary parts
        log_power = level.astype(np.float32) @ self.band_shapes
        log_power += base
        log_power *= 0.5
        mixture *= np.exp(log_power, out=log_power)[..., np.newaxis]
        spectrum = mixture.view(np.complex64)[..., 0]
        return irfft(spectrum, self.n_fft, axis=-1)[:, : self.n_times]

    def _plan_effects(self):
        """Levels and couplings of every trial, with and without each effect."""
        design, n_channels = self.design, len(self.ch_names)
        planted = [name for name in EFFECT_SD if name in design.effects]
        self.always = [name for name in planted if design.span(name) is None]
        self.sometimes = [name for name in planted if name not in self.always]
        self.spectra = {}
        self.exponent = design.deviation("exponent", EXPONENT_SD, 0.0)
        self.peak = design.deviation("alpha peak", PEAK_SD, 0.0)
        self.alpha = design.deviation("alpha power", ALPHA_SD, 0.0)
        levels = [design.deviation(f"level of {b}", *LEVEL_SD) for b in BANDS]
        levels = np.stack(levels, axis=-1)[:, :, np.newaxis]
        gain = design.deviation("gain", *GAIN_SD)[..., np.newaxis, np.newaxis]
        self.level = np.tile(gain + levels, (1, 1, n_channels, 1))
        self.level_shift, self.z_shift = {}, {}
        for name in ("alpha_asymmetry", "gamma", "power"):
            if name == "power" and name not in planted:
                continue
            pattern = self._pattern(name, required=name in planted)
            if pattern is None:
                continue
            deviation = design.deviation(name, *EFFECT_SD[name])
            shift = design.shift(name, self._level_variance(name, pattern))
            self.level += deviation[..., np.newaxis, np.newaxis] * pattern
            self.level_shift[name] = shift[..., np.newaxis, np.newaxis] * pattern
            self.z_shift[name] = np.zeros(design.shape)

        masks = [self._has_region(region) for region in COUPLED]
        if "connectivity" in planted:
            masks = [region_mask(region, self.ch_names) for region in COUPLED]
        self.coupled = masks[0] | masks[1]
        deviation = design.deviation("connectivity", *EFFECT_SD["connectivity"])
        self.fisher_z = COUPLING + deviation
        self.z_shift["connectivity"] = design.shift("connectivity", self._z_variance())
        self.level_shift["connectivity"] = np.zeros(self.level.shape)

    def _has_region(self, region):
        rows, columns = REGIONS[region]
        cells = grid_cells(self.ch_names)
        return np.isin(cells[:, 0], list(rows)) & np.isin(cells[:, 1], list(columns))

    def _pattern(self, name, *, required):
        """Weights of channels and bands, scaled so that the feature changes by 1."""
        from sklearn_emotion.datasets._effects import EFFECTS

        effect = self.design.effects.get(name, EFFECTS[name])
        if effect.band not in BANDS:
            raise ValueError(f"band must be one of {list(BANDS)}, got {effect.band!r}.")
        try:
            if name == "alpha_asymmetry":
                channels = asymmetry_pattern(effect.region, self.ch_names) / 2
            else:
                channels = region_mask(effect.region, self.ch_names).astype(float)
        except ValueError:
            if required:
                raise
            return None
        bands = np.array([band == effect.band for band in BANDS], dtype=float)
        return np.outer(channels, bands)

    def _level_variance(self, name, pattern):
        """Variance over trials of the feature that defines an effect on ln power."""
        design = self.design
        band = list(BANDS)[np.flatnonzero(pattern.any(axis=0))[0]]
        low, high = BANDS[band]
        width = 2 * ALPHA_WIDTH if band == "alpha" else min(high, 45.0) - low
        estimate = ESTIMATE / (width * design.visible_seconds(name))
        local = _variance(design, *MAP_SD) + self.stimulus_variation**2 + estimate
        variance = _variance(design, *EFFECT_SD[name])
        if name == "alpha_asymmetry":
            return variance + 2 * local
        center = np.sqrt(low * min(high, 45.0))
        slope = (EXPONENT_SD * np.log(center / PIVOT)) ** 2
        variance += _variance(design, *GAIN_SD) + _variance(design, *LEVEL_SD)
        variance += design.subject_variation**2 * slope
        return variance + local / np.count_nonzero(pattern)

    def _z_variance(self):
        """Variance over trials of Fisher's z of one pair's correlation."""
        spectrum = np.exp(self._pink(EXPONENT))
        df = self.freqs[1]
        bandwidth = (spectrum.sum() * df) ** 2 / ((spectrum**2).sum() * df)
        seconds = self.design.visible_seconds("connectivity")
        variance = _variance(self.design, *EFFECT_SD["connectivity"])
        return variance + 1 / (2 * bandwidth * seconds)

    def _spectrum_of(self, subject):
        """ln of a subject's spectrum (channel x frequency), without levels."""
        if subject not in self.spectra:
            exponent = EXPONENT + self.exponent[subject, 0]
            peak = ALPHA_PEAK + self.peak[subject, 0]
            alpha = self.alphaness * ALPHA_POWER * np.exp(self.alpha[subject, 0])
            bump = np.exp(-0.5 * ((self.freqs - peak) / ALPHA_WIDTH) ** 2)
            log_power = self._pink(exponent) + np.log1p(np.outer(alpha, bump))
            self.spectra[subject] = log_power.astype(np.float32)
        return self.spectra[subject]

    def _own_level(self, subject, trial, rng):
        """Deviation of each channel in each band, of the subject and of the trial."""
        design = self.design
        size = len(self.ch_names), len(BANDS)
        by_subject, by_trial = design.scaled(*MAP_SD)
        level = by_subject * design.rng("eeg-subject", subject).normal(size=size)
        level += by_trial * rng.normal(size=size)
        if self.stimulus_variation:
            stimulus = int(design.stimulus[subject, trial])
            clip = design.rng("eeg-stimulus", stimulus)
            level += self.stimulus_variation * clip.normal(size=size)
        return level

    def _pink(self, exponent):
        """ln of the 1/f part of the amplitude spectrum, scaled for irfft."""
        f = np.maximum(self.freqs, self.freqs[1] / 2)
        shape = -0.5 * exponent * np.log((f**2 + KNEE**2) / (PIVOT**2 + KNEE**2))
        high_pass = -np.log1p((0.5 / f) ** 8)
        low_pass = -np.log1p((f / 60.0) ** 24)
        reference = -0.5 * EXPONENT * np.log((f**2 + KNEE**2) / (PIVOT**2 + KNEE**2))
        total = np.exp(reference).sum() * self.freqs[1]
        scale = AMPLITUDE**2 / total * self.sfreq * self.n_fft / 4
        return shape + high_pass + low_pass + np.log(scale)

    def _band_shape(self, low, high):
        rise = np.clip(self.freqs - low + 0.5, 0, 1)
        fall = np.clip(high + 0.5 - self.freqs, 0, 1)
        return np.minimum(rise, fall).astype(np.float32)


def _variance(design, subject_sd, trial_sd):
    return sum(sd**2 for sd in design.scaled(subject_sd, trial_sd))


def _mixing(cells):
    """Mixture of unit variance of each channel, and the typical far correlation."""
    distance = np.linalg.norm(cells[:, np.newaxis] - cells, axis=-1)
    weights = np.exp(-0.5 * (distance / 1.2) ** 2)
    weights /= np.linalg.norm(weights, axis=1, keepdims=True)
    correlation = weights @ weights.T
    far = correlation[distance > 3]
    return weights.astype(np.float32), float(far.mean()) if far.size else 0.0
