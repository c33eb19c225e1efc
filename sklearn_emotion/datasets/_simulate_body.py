"""Simulation of ECG, skin conductance and respiration with planted effects."""

import numpy as np

from sklearn_emotion.datasets._effects import presence

HEART_RATE, HEART_RATE_SD = 72.0, (5.0, 3.0)  # beats per minute
HEART_RATE_RANGE = 42.0, 170.0
HEART_DRIFT = 2.0  # beats per minute, from the middle to the end of a trial
SINUS_ARRHYTHMIA, SINUS_ARRHYTHMIA_SD = 2.5, (0.3, 0.2)  # beats per minute; SD of ln
BREATHS, BREATHS_SD = 15.0, (2.0, 1.0)  # per minute
BREATHS_RANGE = 6.0, 30.0
CONDUCTANCE, CONDUCTANCE_SD = 5.0, (0.3, 0.15)  # µS; SD of ln
# A faster heart also varies less with breathing, by this fraction of the effect.
VAGAL = 0.4

# Amplitude in mV, center and width in s of each wave. The centers of P and T scale with
# the square root of the RR interval.
WAVES = {
    "P": (0.12, -0.17, 0.022),
    "Q": (-0.10, -0.035, 0.009),
    "R": (1.00, 0.0, 0.011),
    "S": (-0.20, 0.032, 0.010),
    "T": (0.28, 0.26, 0.045),
}


class BodySimulator:
    """Base of the simulators of ECG, skin conductance and respiration.

    `design` holds the subjects, trials and effects. `duration` is the length of a trial
    in seconds, and `drift` is the factor of the slow drift within trials.
    """

    shape = (1,)
    time_axis = 1

    def __init__(self, design, sfreq, duration, drift):
        self.design = design
        self.drift = drift
        self.sfreq = sfreq
        self.times = np.arange(round(duration * sfreq)) / sfreq
        self.breaths = BREATHS + design.deviation("respiration", *BREATHS_SD)
        estimate = (3.0 / design.visible_seconds("respiration")) ** 2
        self.breaths_shift = design.shift("respiration", self.breaths, estimate)
        self._plan()

    def _plan(self):
        """Draw the deviations of subjects and trials."""

    def _effect(self, name, deviation, shift, times):
        """Return a trial's deviation at each time, with the shift by the effect."""
        return deviation + shift * presence(self.design.span(name), times)

    def _breathing(self, subject, trial, times):
        """Return the phase of breathing in rad, equal for all modalities of a trial."""
        rng = self.design.rng("breathing", subject, trial)
        where = subject, trial
        rate = self._effect(
            "respiration", self.breaths[where], self.breaths_shift[where], times
        )
        rate = np.clip(rate, *BREATHS_RANGE)
        step = times[1] - times[0]
        return rng.uniform(0, 2 * np.pi) + 2 * np.pi * np.cumsum(rate / 60) * step


class ECGSimulator(BodySimulator):
    """One ECG lead with P, Q, R, S and T waves, whose heart rate varies."""

    unit = "mV"
    ch_names = ("ECG",)

    def _plan(self):
        design = self.design
        self.rate = HEART_RATE + design.deviation("heart_rate", *HEART_RATE_SD)
        estimate = 0.3**2 + (9.0 / design.visible_seconds("heart_rate")) ** 2
        self.shift = design.shift("heart_rate", self.rate, estimate)
        self.arrhythmia = design.deviation("arrhythmia", *SINUS_ARRHYTHMIA_SD)
        self.arrhythmia -= VAGAL * design.shift("heart_rate", self.arrhythmia, 0.1**2)

    def trial(self, subject, trial):
        """Return the ECG of one trial in mV, of shape (1, n_times)."""
        rng = self.design.rng("ecg", subject, trial)
        person = self.design.rng("ecg-subject", subject)
        beats = self._beats(subject, trial, rng)
        number = np.searchsorted(beats, self.times, side="right") - 1
        before = self.times - beats[number]
        after = self.times - beats[number + 1]
        stretch = np.sqrt(beats[number + 1] - beats[number])
        amplitude = np.exp(0.2 * self.design.subject_variation * person.normal(size=5))
        ecg = np.zeros(len(self.times))
        for (name, (height, center, width)), factor in zip(WAVES.items(), amplitude):
            scale = stretch if name in "PT" else 1.0
            for since in (before, after):
                wave = (since - center * scale) / (width * scale)
                ecg += factor * height * np.exp(-0.5 * wave**2)
        wander = self._breathing(subject, trial, self.times)
        ecg += 0.05 * np.sin(wander) + 0.02 * rng.normal(size=len(ecg))
        ecg += (
            self.drift * 0.1 * np.sin(2 * np.pi * 0.05 * self.times + rng.uniform(0, 6))
        )
        return ecg.astype(np.float32)[np.newaxis]

    def _beats(self, subject, trial, rng):
        """Return the times of the R peaks in s, from before the trial to after it."""
        step = 0.02
        times = np.arange(-2.0, self.times[-1] + 4.0, step)
        where = subject, trial
        middle = (self.times[-1] + self.times[0]) / 2
        rate = self._effect("heart_rate", self.rate[where], self.shift[where], times)
        slope = self.drift * HEART_DRIFT * rng.normal() / max(middle, 1.0)
        rate = rate + slope * (times - middle)
        breathing = np.sin(self._breathing(subject, trial, times))
        rate += SINUS_ARRHYTHMIA * np.exp(self.arrhythmia[where]) * breathing
        rate = np.clip(rate, *HEART_RATE_RANGE)
        phase = rng.uniform() + np.cumsum(rate / 60) * step
        peaks = np.arange(np.ceil(phase[0]), np.floor(phase[-1]) + 1)
        beats = np.interp(peaks, phase, times)
        return beats + 0.004 * rng.normal(size=len(beats))


class SkinConductanceSimulator(BodySimulator):
    """Skin conductance: a drifting level with responses on top of it."""

    unit = "µS"
    ch_names = ("GSR",)

    def _plan(self):
        design = self.design
        self.level = design.deviation("skin_conductance", *CONDUCTANCE_SD)
        self.shift = design.shift("skin_conductance", self.level, 0.05**2)

    def trial(self, subject, trial):
        """Return the skin conductance of one trial in µS, of shape (1, n_times)."""
        rng = self.design.rng("gsr", subject, trial)
        where = subject, trial
        level = self._effect(
            "skin_conductance", self.level[where], self.shift[where], self.times
        )
        position = self.times / self.times[-1] - 0.5
        level = level + self.drift * 0.1 * rng.normal() * position
        n_responses = rng.poisson(self.times[-1] / 15)
        onsets = rng.uniform(0, self.times[-1], n_responses)
        since = np.maximum(self.times - onsets[:, np.newaxis], 0)
        responses = (np.exp(-since / 3.0) - np.exp(-since / 0.7)).T
        heights = 0.03 * np.exp(0.5 * rng.normal(size=n_responses))
        gsr = CONDUCTANCE * np.exp(level) * (1 + responses @ heights)
        gsr += 0.005 * rng.normal(size=len(gsr))
        return gsr.astype(np.float32)[np.newaxis]


class RespirationSimulator(BodySimulator):
    """Movement of the chest."""

    unit = "a.u."
    ch_names = ("Resp",)

    def trial(self, subject, trial):
        """Return the respiration of one trial, of shape (1, n_times)."""
        rng = self.design.rng("resp", subject, trial)
        person = self.design.rng("resp-subject", subject)
        depth = np.exp(0.3 * self.design.subject_variation * person.normal())
        phase = self._breathing(subject, trial, self.times)
        resp = depth * (np.sin(phase) + 0.2 * np.sin(2 * phase + 0.5))
        resp += self.drift * 0.3 * rng.normal() * (self.times / self.times[-1] - 0.5)
        resp += 0.05 * rng.normal(size=len(resp))
        return resp.astype(np.float32)[np.newaxis]
