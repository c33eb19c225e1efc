"""Signals of people who watch films, with rest before and after each of them."""

import numpy as np

from sklearn_emotion.datasets._effects import Design, parse_effects, presence
from sklearn_emotion.datasets._simulate_body import (
    BodySimulator,
    ECGSimulator,
    RespirationSimulator,
    SkinConductanceSimulator,
)
from sklearn_emotion.datasets._simulate_eeg import EEGSimulator
from sklearn_emotion.datasets._simulate_face import (
    LIFT,
    FaceMotion,
    FaceSimulator,
    OpenFaceSimulator,
    paint,
)

#: The rating whose high and low trials differ by each effect.
RATING_OF = {
    "alpha_asymmetry": "valence",
    "gamma": "valence",
    "smile": "valence",
    "power": "arousal",
    "heart_rate": "arousal",
    "skin_conductance": "arousal",
    "respiration": "arousal",
}
SHOWN = ("eeg", "ecg", "gsr", "resp", "face", "openface")
SECONDS = 10.0  # length of the samples for which the sizes of the effects hold
DRAWN_RATE = 10.0  # drawn faces per second
FACE_SIZE = 96  # pixels

PULSE_DELAY = 0.25  # s from the R peak to the foot of the pulse wave
SKIN_TEMPERATURE, SKIN_TEMPERATURE_SD = 33.0, (1.0, 0.2)  # °C
BLINKS = 0.25  # per s
BLINK_HEIGHT, BLINK_WIDTH = 120.0, 0.07  # µV and s
GAZE_SD = 15.0  # µV
MUSCLE = 4.0  # µV, root mean square at rest
MUSCLE_GAIN = 12.0  # ln of the muscle's amplitude per unit of lift


def make_design(shape, effect, seed, span=None):
    """Return subjects and trials with effects of one size.

    Parameters
    ----------
    shape : tuple of (int, int)
        Number of subjects and of trials.
    effect : str
        Size of all effects.
    seed : int
        Seed of all random numbers.
    span : tuple of (float, float) or None, default=None
        Time of the film in the recording of a trial, in seconds. None stands for the
        whole recording.
    """
    effects = {
        name: {"size": effect, "rating": rating, "span": span}
        for name, rating in RATING_OF.items()
    }
    return Design(
        *shape,
        parse_effects(effects, SHOWN, np.inf),
        seed=seed,
        seconds=SECONDS,
        subject_variation=1.0,
        trial_variation=1.0,
        correlation=0.0,
    )


class PulseSimulator(ECGSimulator):
    """Blood volume pulse of a finger, with the beats of the ECG of the same trial."""

    unit = "a.u."
    ch_names = ("Pleth",)

    def trial(self, subject, trial):
        """Return the pulse of one trial, of shape (1, n_times)."""
        beats = self._beats(subject, trial, self.design.rng("ecg", subject, trial))
        rng = self.design.rng("pulse", subject, trial)
        person = self.design.rng("pulse-subject", subject)
        since = self.times - PULSE_DELAY
        number = np.searchsorted(beats, since, side="right") - 1
        length = beats[number + 1] - beats[number]
        pulse = np.zeros(len(since))
        for start in (beats[number] - length, beats[number], beats[number + 1]):
            phase = (since - start) / length
            pulse += np.exp(-0.5 * ((phase - 0.2) / 0.08) ** 2)
            pulse += 0.35 * np.exp(-0.5 * ((phase - 0.5) / 0.10) ** 2)
        pulse *= np.exp(0.3 * person.normal())
        pulse += 0.1 * np.sin(self._breathing(subject, trial, self.times))
        pulse += 0.01 * rng.normal(size=len(pulse))
        return pulse.astype(np.float32)[np.newaxis]


class TemperatureSimulator(BodySimulator):
    """Temperature of the skin, which drifts slowly."""

    unit = "°C"
    ch_names = ("Temp",)

    def _plan(self):
        self.level = self.design.deviation("temperature", *SKIN_TEMPERATURE_SD)

    def trial(self, subject, trial):
        """Return the temperature in one trial in °C, of shape (1, n_times)."""
        rng = self.design.rng("temperature", subject, trial)
        position = self.times / self.times[-1] - 0.5
        level = SKIN_TEMPERATURE + self.level[subject, trial]
        signal = level + 0.1 * self.drift * rng.normal() * position
        signal += 0.005 * rng.normal(size=len(signal))
        return signal.astype(np.float32)[np.newaxis]


class EyeSimulator(BodySimulator):
    """Horizontal and vertical EOG with steps of the gaze and blinks."""

    unit = "µV"
    ch_names = ("hEOG", "vEOG")

    def trial(self, subject, trial):
        """Return the EOG of one trial in µV, of shape (2, n_times)."""
        rng = self.design.rng("eog", subject, trial)
        end = self.times[-1]
        moves = np.sort(rng.uniform(0, end, rng.poisson(end / 2)))
        places = GAZE_SD * rng.normal(size=(2, len(moves) + 1))
        eog = places[:, np.searchsorted(moves, self.times)]
        blinks = rng.uniform(0, end, rng.poisson(BLINKS * end))
        for blink in blinks:
            since = (self.times - blink) / BLINK_WIDTH
            eog[1] += BLINK_HEIGHT * np.exp(-0.5 * since**2)
        eog += 2.0 * rng.normal(size=eog.shape)
        return eog.astype(np.float32)


class MuscleSimulator(FaceMotion):
    """EMG of the zygomaticus, which lifts the mouth, and of the trapezius."""

    unit = "µV"
    ch_names = ("zEMG", "tEMG")
    time_axis = 1

    def trial(self, subject, trial):
        """Return the EMG of one trial in µV, of shape (2, n_times)."""
        rng = self.design.rng("emg", subject, trial)
        where = subject, trial
        present = presence(self.design.span("smile"), self.times)
        lift = self.lift[where] + self.lift_shift[where] * present
        level = np.stack([MUSCLE_GAIN * (lift - LIFT), 0.3 * rng.normal() + 0 * lift])
        emg = MUSCLE * np.exp(level) * rng.normal(size=level.shape)
        return emg.astype(np.float32)


class FilmedFace(FaceSimulator):
    """Drawn faces with a nose, so that detectors of faces find them."""

    def __init__(self, design, sfreq, duration):
        super().__init__(design, sfreq, duration, 1.0, FACE_SIZE)

    def pixels(self, subject, trial):
        """Return the frames of a trial as uint8, of shape (n_frames, H, W, 3)."""
        frames = np.rint(255 * self.trial(subject, trial)).astype(np.uint8)
        return np.ascontiguousarray(frames.transpose(0, 2, 3, 1))

    def _draw(self, frames, person, moment):
        super()._draw(frames, person, moment)
        x = (self.axis[np.newaxis, np.newaxis, :] - moment["x"]) / moment["size"]
        y = (self.axis[np.newaxis, :, np.newaxis] - moment["y"]) / moment["size"]
        bridge = self._ellipse(x + 0.04, y, 0.03, 0.16)
        paint(frames, 0.35 * bridge, 0.6 * person["skin"])
        for side in (-1, 1):
            nostril = self._ellipse(x - 0.06 * side, y - 0.16, 0.045, 0.03)
            paint(frames, 0.6 * nostril, 0.45 * person["skin"])


class Recorder:
    """All signals of a trial, except for faces.

    Parameters
    ----------
    design : Design
        Subjects, trials and effects.
    names : sequence of str
        Names of the signals.
    ch_names : sequence of str
        Channels of the EEG.
    sfreq : float
        Rate of all signals in Hz.
    duration : float
        Length of the recording of a trial in seconds, with its rests.
    """

    def __init__(self, design, names, ch_names, sfreq, duration):
        kinds = {
            "ecg": ECGSimulator,
            "gsr": SkinConductanceSimulator,
            "resp": RespirationSimulator,
            "pulse": PulseSimulator,
            "temperature": TemperatureSimulator,
            "eog": EyeSimulator,
        }
        self.simulators = {}
        for name in names:
            if name == "eeg":
                made = EEGSimulator(design, list(ch_names), sfreq, duration, 1.0, 0.0)
            elif name == "emg":
                made = MuscleSimulator(design, sfreq, duration, 1.0)
            else:
                made = kinds[name](design, sfreq, duration, 1.0)
            self.simulators[name] = made

    def trial(self, subject, trial):
        """Return each signal of a trial, of shape (n_channels, n_times)."""
        return {n: s.trial(subject, trial) for n, s in self.simulators.items()}


def describe_faces(design, duration):
    """Return a simulator of OpenFace's values for each drawn face."""
    return OpenFaceSimulator(design, DRAWN_RATE, duration, 1.0)


def resistance(conductance):
    """Return the resistance in Ω of a conductance in µS."""
    return 1e6 / conductance
