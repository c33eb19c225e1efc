"""Simulation of EEG with a pink spectrum, volume conduction and planted effects."""

import numpy as np
from scipy.fft import irfft, next_fast_len, rfftfreq

from sklearn_emotion.datasets._effects import EFFECTS, presence
from sklearn_emotion.montage import grid_cells

# Edges in Hz. A change of level fades in and out over half a hertz around them.
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

AMPLITUDE = 12.0  # root mean square of an average channel, in µV
KNEE = 2.0  # Hz, below which the spectrum is flat
PIVOT = 10.0  # Hz, about which the slope turns
EXPONENT = 1.3
ALPHA_PEAK, ALPHA_WIDTH, ALPHA_POWER = 10.0, 1.2, 3.0
COUPLING = 0.35  # Fisher z of the correlation of coupled channels
DRIFT = 0.15  # ln of amplitude, from the middle to the end of a trial

# Standard deviations across subjects and across trials, of ln power by default.
GAIN_SD = 0.3, 0.1
LEVEL_SD = 0.15, 0.1  # of a band on the whole scalp
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


def in_region(region, ch_names):
    """Return a mask of the channels in a region, which is a key of `REGIONS`."""
    rows, columns = REGIONS[region]
    return np.array([r in rows and c in columns for r, c in grid_cells(ch_names)])


def require_region(region, ch_names):
    """Return a mask of the channels in a region, which must have at least one."""
    if region not in REGIONS:
        raise ValueError(f"region must be one of {list(REGIONS)}, got {region!r}.")
    mask = in_region(region, ch_names)
    if not mask.any():
        raise ValueError(f"None of the channels {ch_names} is {region}.")
    return mask


def asymmetry_pattern(region, ch_names):
    """Return weights of +1 right and -1 left of the midline in a region, else 0.

    The region must have channels on both sides.
    """
    side = np.sign(grid_cells(ch_names)[:, 1] - 4)
    pattern = np.where(require_region(region, ch_names), side, 0)
    if not {-1, 1} <= set(pattern):
        raise ValueError(
            f"An asymmetry needs {region} channels on both sides; got {ch_names}."
        )
    return pattern.astype(float)


class EEGSimulator:
    """Trials of EEG, each with its own random generator.

    Channels are mixtures of independent noises that neighbors share. The mixtures have
    variance 1 in each class and are then filtered to the spectrum of each channel.
    Powers and couplings can therefore be set independently of each other.

    Parameters
    ----------
    design : Design
        Subjects, trials and effects.
    ch_names : list of str
        Names of the channels.
    sfreq : float
        Rate of the generated signals in Hz.
    duration : float
        Length of a trial in seconds.
    drift : float
        Factor of the slow drift within trials.
    stimulus_variation : float
        Standard deviation, across stimuli, of the ln power of each channel in each
        band.
    """

    unit = "µV"
    time_axis = 1

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
        self.spectra = {}
        self.exponent = EXPONENT + design.deviation("exponent", EXPONENT_SD, 0.0)
        self.peak = ALPHA_PEAK + design.deviation("alpha peak", PEAK_SD, 0.0)
        self.alpha = ALPHA_POWER * np.exp(design.deviation("alpha", ALPHA_SD, 0.0))
        self.level = self._levels()
        self._plan_effects()

    def trial(self, subject, trial):
        """Return the EEG of one trial in µV, of shape (n_channels, n_times)."""
        rng = self.design.rng("eeg", subject, trial)
        where = subject, trial
        base = self._spectrum_of(subject)
        n_noises = len(self.ch_names) + 1
        noise = rng.standard_normal((n_noises, 2 * len(self.freqs)), dtype=np.float32)
        level, z = self._state(where, None)
        eeg = resting = self._render(base, noise, level, z)
        for span in self.spans:
            more, more_z = self._state(where, span)
            changed = self._render(base, noise, level + more, z + more_z)
            weight = presence(span, self.times).astype(np.float32)
            eeg = eeg + weight * (changed - resting)
        slope, phase = rng.normal(), rng.uniform(0, 2 * np.pi)
        position = 2 * self.times / self.times[-1] - 1
        gain = slope * position + 0.5 * np.sin(np.pi * position + phase)
        eeg *= np.exp(self.drift * DRIFT * gain).astype(np.float32)
        return eeg

    def _state(self, where, span):
        """Return a trial's ln power and Fisher's z, or what a span's effects add."""
        level, z = (self.level[where], self.fisher_z[where]) if span is None else (0, 0)
        for name in self.level_shift:
            if self.design.span(name) == span:
                level = level + self.level_shift[name][where]
                z = z + self.z_shift[name][where]
        return level, z

    def _render(self, base, noise, level, z):
        """Return the signal with given ln powers (channel x band) and coupling."""
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
        """Set levels and couplings of every trial, and the effects that change them."""
        design = self.design
        planted = [name for name in EFFECT_SD if name in design.effects]
        self.spans = sorted({design.span(name) for name in planted} - {None})
        self.level_shift = dict.fromkeys(planted, np.zeros((*design.shape, 1, 1)))
        self.z_shift = dict.fromkeys(planted, np.zeros(design.shape))

        places = {name: self._place(name) for name in self._power_effects(planted)}
        for name, (_, pattern, _) in places.items():
            deviation = design.deviation(name, *EFFECT_SD[name])
            self.level += deviation[..., np.newaxis, np.newaxis] * pattern
        for name in set(places) & set(planted):
            band, pattern, weights = places[name]
            shift = self._power_shift(name, band, weights)
            self.level_shift[name] = shift[..., np.newaxis, np.newaxis] * pattern

        masks = [in_region(region, self.ch_names) for region in COUPLED]
        self.coupled = masks[0] | masks[1]
        deviation = design.deviation("connectivity", *EFFECT_SD["connectivity"])
        self.fisher_z = COUPLING + deviation
        if "connectivity" in planted:
            for region in COUPLED:
                require_region(region, self.ch_names)
            spectrum = np.exp(self._pink(EXPONENT))
            df = self.freqs[1]
            width = (spectrum.sum() * df) ** 2 / ((spectrum**2).sum() * df)
            estimate = 1 / (2 * width * design.visible_seconds("connectivity"))
            shift = design.shift("connectivity", deviation, estimate)
            self.z_shift["connectivity"] = shift

    def _power_effects(self, planted):
        """Return the effects on power whose deviations exist, planted or not."""
        sides = np.sign(grid_cells(self.ch_names)[:, 1] - 4)
        sides = sides[in_region("frontal", self.ch_names)]
        possible = {
            "alpha_asymmetry": {-1, 1} <= set(sides),
            "gamma": in_region("temporal", self.ch_names).any(),
            "power": False,
        }
        return [name for name, there in possible.items() if there or name in planted]

    def _place(self, name):
        """Return band, pattern (channel x band) and weights of the channels."""
        effect = self.design.effects.get(name, EFFECTS[name])
        if effect.band not in BANDS:
            raise ValueError(
                f"Effect {name!r}: band must be one of {list(BANDS)}, "
                f"got {effect.band!r}."
            )
        if name == "alpha_asymmetry":
            channels = asymmetry_pattern(effect.region, self.ch_names)
            weights = channels.clip(0) / channels.clip(0).sum()
            weights -= (-channels).clip(0) / (-channels).clip(0).sum()
            if {"F3", "F4"} <= set(np.array(self.ch_names)[channels != 0]):
                weights = np.array([(n == "F4") - (n == "F3") for n in self.ch_names])
            channels = channels / 2
        else:
            channels = require_region(effect.region, self.ch_names).astype(float)
            weights = channels / channels.sum()
        band = list(BANDS).index(effect.band)
        return band, np.outer(channels, np.arange(len(BANDS)) == band), weights

    def _power_shift(self, name, band, weights):
        """Return what an effect adds to a feature made of ln powers of one band."""
        low, high = list(BANDS.values())[band]
        high = min(high, 45.0)
        inside = (self.freqs >= low) & (self.freqs < high)
        resting = [
            np.log(np.exp(self._spectrum_of(subject)[:, inside]).mean(axis=1))
            for subject in range(self.design.shape[0])
        ]
        deviation = (self.level[..., band] + np.stack(resting)[:, np.newaxis]) @ weights
        seconds = self.design.visible_seconds(name)
        estimate = np.sum(weights**2) / ((high - low) * seconds)
        # A window shows only a part of the drift, which all channels share.
        part = seconds / self.times[-1]
        drift = (1 - part**2) / 3 + np.sinc(part) ** 2 / 8
        drift *= (2 * DRIFT * self.drift * weights.sum()) ** 2
        return self.design.shift(name, deviation, estimate + drift)

    def _levels(self):
        """Return ln powers (subject x trial x channel x band) before effects."""
        design = self.design
        size = len(self.ch_names), len(BANDS)
        by_subject, by_trial = design.scaled(*MAP_SD)
        level = np.zeros((*design.shape, *size))
        for index, name in enumerate(BANDS):
            common = design.deviation(f"level of {name}", *LEVEL_SD)
            level[..., index] += common[..., np.newaxis]
        level += design.deviation("gain", *GAIN_SD)[..., np.newaxis, np.newaxis]
        for subject, trials in enumerate(level):
            trials += by_subject * design.rng("eeg-subject", subject).normal(size=size)
            for trial, values in enumerate(trials):
                rng = design.rng("eeg-trial", subject, trial)
                values += by_trial * rng.normal(size=size)
                clip = design.rng("eeg-stimulus", int(design.stimulus[subject, trial]))
                values += self.stimulus_variation * clip.normal(size=size)
        return level

    def _spectrum_of(self, subject):
        """Return the ln spectrum of a subject (channel x frequency), without levels."""
        if subject not in self.spectra:
            distance = (self.freqs - self.peak[subject, 0]) / ALPHA_WIDTH
            alpha = self.alphaness * self.alpha[subject, 0]
            bump = np.log1p(np.outer(alpha, np.exp(-0.5 * distance**2)))
            log_power = self._pink(self.exponent[subject, 0]) + bump
            self.spectra[subject] = log_power.astype(np.float32)
        return self.spectra[subject]

    def _pink(self, exponent):
        """Return ln of the 1/f part of the amplitude spectrum, scaled for irfft."""
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


def _mixing(cells):
    """Return each channel's mixture, of unit variance, and the far correlation."""
    distance = np.linalg.norm(cells[:, np.newaxis] - cells, axis=-1)
    weights = np.exp(-0.5 * (distance / 1.2) ** 2)
    weights /= np.linalg.norm(weights, axis=1, keepdims=True)
    correlation = weights @ weights.T
    far = correlation[distance > 3]
    return weights.astype(np.float32), float(far.mean()) if far.size else 0.0
