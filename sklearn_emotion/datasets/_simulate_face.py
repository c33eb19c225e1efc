"""Simulation of drawn faces that move, smile and blink, and of facial action units."""

import numpy as np
from scipy.signal import lfilter

from sklearn_emotion.datasets._effects import presence

# Lengths are in halves of the image's side, and y points down.
LIFT, LIFT_SD = 0.03, (0.025, 0.04)  # of the corners of the mouth above its middle
LIFT_JITTER = 0.03  # from one moment to the next
SQUINT_SD = 0.5, 0.8  # of the narrowing of the eyes, in arbitrary units
SQUINT = 0.7  # effect size in the eyes, relative to the mouth
MOTION = 0.04, 0.03  # of the head: back and forth, and over a trial
BLINKS = 0.3  # per s
NOISE = 0.02  # of each pixel
EYE_WHITE = np.array([0.95, 0.95, 0.95], np.float32)
CHUNK = 8  # frames drawn at a time, few enough to stay in the cache
SMOOTHNESS = 1.0  # s, time constant of expression and head

ACTION_UNITS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)
OPENFACE_NAMES = [
    *(f"position_{axis}" for axis in "xyz"),
    *(f"rotation_{axis}" for axis in "xyz"),
    *(f"gaze_{side}_{axis}" for side in "lr" for axis in "xyz"),
    *(f"AU{number:02d}" for number in ACTION_UNITS),
]


class FaceMotion:
    """Motion of head, mouth and eyes, shared by the simulators of images and features.

    `design` holds the subjects, trials and effects. `sfreq` is the number of frames per
    second, `duration` the length of a trial in seconds, and `drift` the factor of the
    slow drift within trials.
    """

    time_axis = 0

    def __init__(self, design, sfreq, duration, drift):
        self.design = design
        self.drift = drift
        self.sfreq = sfreq
        self.times = np.arange(round(duration * sfreq)) / sfreq
        self.lift = LIFT + design.deviation("smile", *LIFT_SD)
        seconds = design.visible_seconds("smile")
        estimate = LIFT_JITTER**2 * 2 * SMOOTHNESS / (seconds + 2 * SMOOTHNESS)
        self.lift_shift = design.shift("smile", self.lift, estimate + 0.005**2)
        self.squint = design.deviation("squint", *SQUINT_SD)
        shift = design.shift("smile", self.squint, 0.1**2)
        self.squint_shift = SQUINT * shift

    def motion(self, subject, trial):
        """Return the motion in a trial, as arrays of shape (n_frames,) by name.

        The names are ``lift`` (of the corners of the mouth), ``squint``, ``open``
        (opening of the eyes, 0 to 1), ``x``, ``y`` and ``size`` (of the head), and
        ``light``.
        """
        rng = self.design.rng("face", subject, trial)
        where = subject, trial
        present = presence(self.design.span("smile"), self.times)
        n_frames = len(self.times)
        lift, squint, x, y, size, light = (self._wander(rng) for _ in range(6))
        drift_x, drift_y = self.drift * MOTION[1] * rng.normal(size=2)
        position = self.times / max(self.times[-1], 1 / self.sfreq) - 0.5
        blinking = rng.uniform(size=n_frames) < BLINKS / self.sfreq
        return {
            "lift": self.lift[where]
            + self.lift_shift[where] * present
            + LIFT_JITTER * lift,
            "squint": self.squint[where]
            + self.squint_shift[where] * present
            + 0.3 * squint,
            "open": np.where(blinking, 0.15, 1.0),
            "x": MOTION[0] * x + drift_x * position,
            "y": MOTION[0] * y + drift_y * position,
            "size": 1 + 0.02 * size,
            "light": 1
            + 0.03 * light
            + 0.05 * self.design.trial_variation * rng.normal(),
        }

    def _wander(self, rng):
        """Return stationary noise of variance 1 that changes within about a second."""
        noise = rng.normal(size=len(self.times))
        keep = np.exp(-1 / (self.sfreq * SMOOTHNESS))
        noise[1:] *= np.sqrt(1 - keep**2)
        return lfilter([1.0], [1.0, -keep], noise)


class FaceSimulator(FaceMotion):
    """Frames of a drawn face with `size` pixels per side.

    Skin, hair, shape and background are specific to the subject.
    """

    unit = "intensity from 0 to 1"
    ch_names = ("red", "green", "blue")

    def __init__(self, design, sfreq, duration, drift, size):
        super().__init__(design, sfreq, duration, drift)
        self.shape = (3, size, size)
        self.axis = ((np.arange(size) + 0.5) / (size / 2) - 1).astype(np.float32)
        self.soft = 2.0 / size

    def trial(self, subject, trial):
        """Return the frames of one trial.

        They are RGB values from 0 to 1, of shape (n_frames, 3, size, size).
        """
        person = self.person(subject)
        motion = self.motion(subject, trial)
        rng = self.design.rng("face-noise", subject, trial)
        frames = np.empty((len(self.times), *self.shape), np.float32)
        for start in range(0, len(frames), CHUNK):
            part = slice(start, start + CHUNK)
            moment = {
                name: values[part].astype(np.float32)[:, np.newaxis, np.newaxis]
                for name, values in motion.items()
            }
            self._draw(frames[part], person, moment)
            noise = rng.standard_normal(frames[part].shape, dtype=np.float32)
            frames[part] += NOISE * noise
        return np.clip(frames, 0, 1, out=frames)

    def _draw(self, frames, person, moment):
        """Draw frames (F, 3, size, size) of a person, given the motion (F, 1, 1)."""
        x = (self.axis[np.newaxis, np.newaxis, :] - moment["x"]) / moment["size"]
        y = (self.axis[np.newaxis, :, np.newaxis] - moment["y"]) / moment["size"]
        frames[:] = person["background"][:, np.newaxis, np.newaxis]
        wide, high = person["wide"], person["high"]
        head = self._ellipse(x, y + 0.08, wide + 0.06, high + 0.06)
        paint(frames, head, person["hair"])
        skin = self._ellipse(x, y, wide, high) * self._edge(y - person["hairline"])
        paint(frames, skin, person["skin"])

        opening = person["eye"] * moment["open"] * np.exp(-0.3 * moment["squint"])
        rows = self._reach(person["eye_y"], 0.3)
        eye_y = y[:, rows] - person["eye_y"]
        for side in (-1, 1):
            columns = self._reach(side * person["eye_x"], 0.2)
            eye_x = x[:, :, columns] - side * person["eye_x"]
            patch = frames[:, :, rows, columns]
            white = self._ellipse(eye_x, eye_y, 0.12, opening)
            paint(patch, white, EYE_WHITE)
            iris = self._ellipse(eye_x, eye_y, 0.05, 0.05) * white
            paint(patch, iris, person["iris"])
            brow = self._ellipse(eye_x, eye_y + person["brow"], 0.15, 0.025)
            paint(patch, brow, person["hair"])

        rows, columns = self._reach(person["mouth_y"], 0.35), self._reach(0.0, 0.35)
        u = x[:, :, columns] / person["mouth"]
        curve = y[:, rows] - person["mouth_y"] + moment["lift"] * u**2
        thick = person["lips"] * np.sqrt(np.clip(1 - u**2, 0, 1))
        mouth = self._edge(thick - np.abs(curve)) * (np.abs(u) < 1)
        paint(frames[:, :, rows, columns], mouth, person["lip"])
        shade = 1 + person["slope"] * self.axis
        frames *= moment["light"][:, np.newaxis] * shade

    def person(self, subject):
        """Return the geometry and the colors of a subject."""
        rng = self.design.rng("face-subject", subject)
        spread = self.design.subject_variation
        tone = np.clip(0.5 + 0.35 * spread * rng.uniform(-1, 1), 0.1, 0.9)
        light, dark = np.array([0.95, 0.78, 0.68]), np.array([0.45, 0.30, 0.23])
        skin = tone * light + (1 - tone) * dark

        def vary(value, sd):
            return np.float32(value + sd * spread * np.clip(rng.normal(), -2, 2))

        lip = skin * np.array([0.90, 0.55, 0.58]) * vary(1.0, 0.04)
        gray, warm = rng.uniform(0.05, 0.45), rng.uniform(0.6, 1.0, 3)
        backdrop = rng.uniform(0.25, 0.8) * np.array([rng.uniform(0.6, 0.95), 1.0, 1.0])
        return {
            "skin": skin.astype(np.float32),
            "lip": lip.astype(np.float32),
            "hair": (gray * warm).astype(np.float32),
            "iris": rng.uniform(0.05, 0.4, 3).astype(np.float32),
            "background": backdrop.astype(np.float32),
            "wide": vary(0.60, 0.04),
            "high": vary(0.78, 0.04),
            "hairline": vary(-0.48, 0.05),
            "eye": vary(0.065, 0.008),
            "eye_x": vary(0.25, 0.02),
            "eye_y": vary(-0.15, 0.03),
            "brow": vary(0.15, 0.02),
            "mouth": vary(0.27, 0.025),
            "mouth_y": vary(0.40, 0.03),
            "lips": vary(0.055, 0.008),
            "slope": vary(0.0, 0.08),
        }

    def _reach(self, center, half):
        """Return the rows or columns that a part of the face can reach."""
        reach = half + 5 * MOTION[0] + 3 * MOTION[1] * self.drift
        inside = np.flatnonzero(np.abs(self.axis - center) < reach)
        return slice(inside[0], inside[-1] + 1)

    def _ellipse(self, x, y, wide, high):
        distance = np.sqrt((x / wide) ** 2 + (y / high) ** 2)
        return self._edge((1 - distance) * np.minimum(wide, high))

    def _edge(self, inside):
        """Return 1 inside, 0 outside, and a slope one pixel wide between them."""
        return np.clip(0.5 + inside / self.soft, 0, 1)


class OpenFaceSimulator(FaceMotion):
    """Position, gaze and 17 action units of each frame, in the order of OpenFace."""

    unit = "mm, rad and intensity from 0 to 5"
    ch_names = tuple(OPENFACE_NAMES)
    shape = (len(OPENFACE_NAMES),)

    def trial(self, subject, trial):
        """Return the features of one trial, of shape (n_frames, 29).

        Positions are in mm, rotation and gaze are in rad, and action units are from 0
        to 5.
        """
        design = self.design
        motion = self.motion(subject, trial)
        rng = design.rng("openface", subject, trial)
        person = design.rng("openface-subject", subject)
        offset = design.subject_variation * person.normal(size=self.shape)
        offset = offset + 0.5 * design.trial_variation * rng.normal(size=self.shape)
        wander = np.stack([self._wander(rng) for _ in OPENFACE_NAMES], axis=1)
        features = offset + 0.5 * wander
        column = {name: number for number, name in enumerate(OPENFACE_NAMES)}
        features[:, :3] *= 20.0
        features[:, 0] += 200 * motion["x"]
        features[:, 1] += 200 * motion["y"]
        features[:, 2] += 600 / motion["size"]
        features[:, 3:12] *= 0.1
        units = features[:, 12:]
        units *= 0.3
        units += 0.8
        features[:, column["AU12"]] = 1.5 + 12 * (motion["lift"] - LIFT)
        features[:, column["AU06"]] += 0.4 * motion["squint"]
        features[:, column["AU45"]] = 3.0 * (motion["open"] < 1)
        units += 0.05 * rng.normal(size=units.shape)
        np.clip(units, 0, 5, out=units)
        return features.astype(np.float32)


def paint(frames, mask, color):
    """Blend a color into frames (F, 3, h, w) with the weights of a mask (F, h, w)."""
    mask = mask[:, np.newaxis]
    frames += mask * (color[:, np.newaxis, np.newaxis] - frames)
