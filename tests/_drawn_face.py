"""A drawn face that the detector takes for one, and videos of it."""

from fractions import Fraction

import numpy as np

SKIN, HAIR, LIPS = (0.85, 0.66, 0.55), (0.2, 0.14, 0.1), (0.62, 0.25, 0.25)
GREY = 0.45
# Places in units of the eye distance, from the middle between the eyes; y points down.
EYES = np.array([[-0.5, 0.0], [0.5, 0.0]])


def draw_face(height, width, *, centre, eye_distance, angle=0.0, smile=0.0, light=1.0):
    """Return a frame (height, width, 3) of uint8, and its eyes (2, 2).

    `angle` turns the head clockwise, in rad; `smile` lifts the corners of the mouth.
    """
    rows, columns = np.mgrid[:height, :width] + 0.5
    z = (columns + 1j * rows - complex(*centre)) * np.exp(-1j * angle) / eye_distance
    x, y = z.real, z.imag
    frame = np.full((height, width, 3), GREY)

    def paint(colour, inside):
        # Edges are about two pixels wide.
        cover = np.clip(0.5 + inside * eye_distance / 2, 0, 1)[..., None]
        frame[:] = (1 - cover) * frame + cover * np.asarray(colour)

    def ellipse(x0, y0, a, b):
        return (1 - np.hypot((x - x0) / a, (y - y0) / b)) * min(a, b)

    paint(HAIR, ellipse(0, 0.1, 1.32, 1.75))
    paint(SKIN, ellipse(0, 0.35, 1.1, 1.5))
    shade = 1 - 0.25 * np.clip(np.abs(x) / 1.1, 0, 1) ** 2
    frame *= np.where(np.hypot(x / 1.1, (y - 0.35) / 1.5) < 1, shade, 1)[..., None]
    for side in (-1, 1):
        paint((0.72, 0.54, 0.45), ellipse(0.5 * side, 0, 0.34, 0.2))
        paint((0.92, 0.92, 0.9), ellipse(0.5 * side, 0, 0.23, 0.1))
        paint((0.12, 0.1, 0.1), ellipse(0.5 * side, 0, 0.1, 0.1))
        paint(
            HAIR, ellipse(0.52 * side, -0.3 + 0.1 * (x * side - 0.5) ** 2, 0.33, 0.06)
        )
        paint((0.5, 0.33, 0.28), ellipse(0.12 * side, 0.72, 0.07, 0.05))
    paint((0.74, 0.55, 0.46), ellipse(0, 0.66, 0.16, 0.1))
    curve = smile * 0.5 * (x**2 - 0.1)
    paint(LIPS, ellipse(0, 1.1 - curve, 0.42 + 0.1 * smile, 0.1))
    paint((0.4, 0.12, 0.12), ellipse(0, 1.1 - curve, 0.4 + 0.1 * smile, 0.03))
    eyes = EYES @ [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
    pixels = np.round(255 * np.clip(light * frame, 0, 1)).astype(np.uint8)
    return pixels, np.asarray(centre) + eye_distance * eyes


def write_video(path, frames, *, rate=25, codec="mpeg4", times=None, options=None):
    """Write frames (height, width, 3) of uint8; `times` in s give them other times."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, options=options or {})
        stream.pix_fmt = "yuv420p"
        for number, pixels in enumerate(frames):
            if number == 0:
                stream.height, stream.width = pixels.shape[:2]
                stream.bit_rate = 2_000_000
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            if times is not None:
                frame.time_base = Fraction(1, 1000)
                frame.pts = round(1000 * times[number])
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
