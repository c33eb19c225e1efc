"""Faces are found, followed, and come back upright with their eyes in place."""

import socket
from importlib import metadata

import numpy as np
import pytest
import torch
from _drawn_face import GREY, draw_face, write_video
from PIL import Image
from torch.nn.functional import conv2d, max_pool2d, prelu

from sklearn_emotion import FaceCropper
from sklearn_emotion.features import _face_networks
from sklearn_emotion.features._face_detection import FaceTracker, detect_faces
from sklearn_emotion.features._image_patches import cut_patch, fit_similarity
from sklearn_emotion.preprocessing import (
    _face_windows,
    align_face,
    read_face_windows,
)

EYES = np.array([[0.35, 0.38], [0.65, 0.38]])
EMPTY = np.full((120, 160, 3), round(255 * GREY), np.uint8)


def face(x=80.0, y=50.0, eye_distance=30.0, **options):
    options = {"centre": (x, y), "eye_distance": eye_distance, **options}
    return draw_face(120, 160, **options)


def stacked(frames):
    """Frames (height, width, 3) as (n_frames, 3, height, width)."""
    return np.stack(frames).transpose(0, 3, 1, 2)


def similarity_of(first, second):
    return np.corrcoef(np.ravel(first), np.ravel(second))[0, 1]


# The networks, against torch.


def in_torch(x, weights, layers):
    """MTCNN's layers: "c" convolution and PReLU, "p" and "P" pooling by 3 and by 2."""
    x = torch.from_numpy(x).permute(0, 3, 1, 2).double()
    weights = iter(torch.from_numpy(w).double() for w in weights)
    for layer in layers:
        if layer == "c":
            x = conv2d(x, next(weights).permute(3, 2, 0, 1), next(weights))
            x = prelu(x, next(weights).reshape(-1))
        else:
            x = max_pool2d(x, 3 if layer == "p" else 2, 2, ceil_mode=True)
    if x.shape[-1] == 3 and x.shape[1] in (64, 128):
        x = x.permute(0, 3, 2, 1).flatten(1)
        x = prelu(x @ next(weights) + next(weights), next(weights))
        return [(x @ w + b).numpy() for w, b in zip(weights, weights)]
    return [
        conv2d(x, w.permute(3, 2, 0, 1), b).permute(0, 2, 3, 1).numpy()
        for w, b in zip(weights, weights)
    ]


def probability(logits):
    return torch.softmax(torch.from_numpy(logits), -1)[..., 1].numpy()


def test_the_three_networks_are_those_that_torch_computes():
    rng = np.random.default_rng(0)
    weights = _face_networks.load_weights()

    x = rng.uniform(-1, 1, (1, 40, 34, 3)).astype(np.float32)
    offsets, scores = in_torch(x, weights["pnet"], "cPcc")
    mine = _face_networks.propose(x)
    np.testing.assert_allclose(mine[0], offsets[0], atol=1e-4)
    np.testing.assert_allclose(mine[1], probability(scores[0]), atol=1e-4)

    x = rng.uniform(-1, 1, (3, 24, 24, 3)).astype(np.float32)
    offsets, scores = in_torch(x, weights["rnet"], "cpcpc")
    mine = _face_networks.refine(x)
    np.testing.assert_allclose(mine[0], offsets, atol=1e-4)
    np.testing.assert_allclose(mine[1], probability(scores), atol=1e-4)

    x = rng.uniform(-1, 1, (3, 48, 48, 3)).astype(np.float32)
    offsets, points, scores = in_torch(x, weights["onet"], "cpcpcPc")
    mine = _face_networks.describe(x)
    np.testing.assert_allclose(mine[0], offsets, atol=1e-4)
    np.testing.assert_allclose(mine[1][..., 0], points[:, :5], atol=1e-4)
    np.testing.assert_allclose(mine[1][..., 1], points[:, 5:], atol=1e-4)
    np.testing.assert_allclose(mine[2], probability(scores), atol=1e-4)


@pytest.fixture
def _unread_weights():
    _face_networks.load_weights.cache_clear()
    yield
    _face_networks.load_weights.cache_clear()


@pytest.mark.usefixtures("_unread_weights")
def test_nothing_is_downloaded_and_tensorflow_is_not_needed(monkeypatch):
    def refuse(*_):
        raise AssertionError("a connection was asked for")

    monkeypatch.setattr(socket, "socket", refuse)
    assert FaceTracker()(Image.fromarray(face()[0])) is not None
    requirements = metadata.requires("mtcnn")
    assert not [r for r in requirements if "extra" not in r and "tensorflow" in r]


@pytest.mark.usefixtures("_unread_weights")
def test_a_missing_extra_and_other_weights_are_named(monkeypatch):
    monkeypatch.setattr(_face_networks, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r'pip install "sklearn_emotion\[video\]"'):
        FaceCropper().fit_transform(stacked([face()[0]]))
    monkeypatch.undo()
    monkeypatch.setitem(_face_networks._DIGESTS, "rnet", "0" * 64)
    with pytest.raises(ImportError, match=r"rnet\.lz4 does not hold the weights"):
        _face_networks.load_weights()


# Finding and following.


@pytest.mark.parametrize("angle", [-1.0, -0.5, 0.0, 0.3, 0.8])
@pytest.mark.parametrize("eye_distance", [12.0, 20.0, 30.0])
def test_the_eyes_are_found_at_any_angle_and_size(eye_distance, angle):
    frame, eyes = face(70.0, 55.0, eye_distance, angle=angle)
    points = FaceTracker()(Image.fromarray(frame))
    error = np.linalg.norm(points[:2] - eyes, axis=1) / eye_distance
    assert error.max() < 0.1


def test_all_faces_are_found_with_their_sizes():
    small, _ = draw_face(120, 80, centre=(40, 50), eye_distance=14.0)
    large, _ = draw_face(120, 100, centre=(50, 50), eye_distance=26.0)
    points, sizes = detect_faces(Image.fromarray(np.hstack([small, large])))
    centres = points[:, :2].mean(axis=1)[np.argsort(sizes)]
    np.testing.assert_allclose(centres, [[40, 50], [130, 50]], atol=4)
    points, sizes = detect_faces(Image.fromarray(EMPTY))
    assert points.shape == (0, 5, 2)
    assert sizes.shape == (0,)


def test_the_largest_face_of_the_first_frame_is_followed():
    """One that grows larger later is taken up only when the first has gone."""
    frames, expected = [], []
    for step in range(12):
        ours, eyes = draw_face(120, 90, centre=(35 + step, 50), eye_distance=20.0)
        other, _ = draw_face(120, 90, centre=(45, 50), eye_distance=15.0 + step)
        if step in (5, 6):
            ours = np.full_like(ours, ours[0, 0])
        frames.append(np.hstack([ours, other]))
        expected.append(eyes)
    tracker = FaceTracker()
    for step, frame in enumerate(frames):
        points = tracker(Image.fromarray(frame))
        if step < 5:
            np.testing.assert_allclose(points[:2], expected[step], atol=2.5)
    assert points[:, 0].min() > 90


# Cropping.


def test_a_patch_of_a_known_image_is_a_patch_of_the_function_that_it_shows():
    """A plane a x + b y + c keeps its values under any similarity."""
    rows, columns = np.mgrid[:200, :300] + 0.5
    plane = 20 + 0.4 * columns + 0.5 * rows
    image = Image.fromarray(np.repeat(np.round(plane)[..., None], 3, 2).astype("u1"))
    for scale in (0.5, 1.0, 2.5):
        turned = scale * np.exp(0.4j)
        patch = cut_patch(image, (turned, complex(120, 60)), 32)
        y, x = np.mgrid[:32, :32] + 0.5
        z = turned * (x + 1j * y) + complex(120, 60)
        expected = 20 + 0.4 * z.real + 0.5 * z.imag
        np.testing.assert_allclose(patch[..., 0], expected, atol=1.6)


def test_beyond_the_image_its_border_is_repeated():
    pixels = np.zeros((20, 30, 3), np.uint8)
    pixels[:, -1] = 255, 100, 0
    patch = cut_patch(Image.fromarray(pixels), (1 + 0j, complex(28, 2)), 10)
    assert (patch[:, 3:] == [255, 100, 0]).all()
    assert (cut_patch(Image.fromarray(pixels), (1 + 0j, 1e9 + 0j), 10) < 256).all()


def test_similarities_are_recovered():
    rng = np.random.default_rng(0)
    source = rng.normal(size=(5, 2))
    z = (1.5 - 0.7j) * (source[:, 0] + 1j * source[:, 1]) + (3 + 4j)
    scale, shift = fit_similarity(source, np.stack([z.real, z.imag], axis=1))
    assert scale == pytest.approx(1.5 - 0.7j)
    assert shift == pytest.approx(3 + 4j)


@pytest.mark.parametrize("size", [48, 64, 227])
def test_align_face_puts_the_eyes_where_it_promises(size):
    image = np.zeros((300, 400, 3), np.uint8)
    eyes = np.array([[180.0, 150.0], [260.0, 110.0]])
    rows, columns = np.mgrid[:300, :400] + 0.5
    for x, y in eyes:
        image[np.hypot(columns - x, rows - y) < 8] = 255
    crop = align_face(image, eyes, size=size)[0]
    y, x = np.mgrid[:size, :size] + 0.5
    for side, place in enumerate(EYES):
        half = (x > size / 2) == side
        weights = np.where(half, crop, 0)
        centre = (
            (weights * x).sum() / weights.sum(),
            (weights * y).sum() / weights.sum(),
        )
        np.testing.assert_allclose(np.divide(centre, size), place, atol=0.005)


def test_a_dim_face_is_found_and_kept_dim():
    bright, eyes = face()
    dim, _ = face(light=0.35)
    points = FaceTracker()(Image.fromarray(dim))
    np.testing.assert_allclose(points[:2], eyes, atol=2.5)
    crops = FaceCropper().fit_transform(stacked([bright, dim]))
    assert crops[1].mean() == pytest.approx(0.35 * crops[0].mean(), rel=0.05)


def test_layouts_and_types_of_an_image_give_one_crop():
    frame, eyes = face(angle=0.2)
    expected = align_face(frame, eyes)
    assert expected.shape == (3, 64, 64)
    assert expected.dtype == np.float32
    np.testing.assert_array_equal(align_face(frame.transpose(2, 0, 1), eyes), expected)
    np.testing.assert_array_equal(align_face(frame / 255, eyes), expected)


def test_align_face_names_what_is_wrong():
    frame, eyes = face()
    with pytest.raises(ValueError, match=r"image of shape .* got \(120, 160\)"):
        align_face(frame[..., 0], eyes)
    with pytest.raises(ValueError, match=r"eyes of shape \(2, 2\)"):
        align_face(frame, eyes[0])
    with pytest.raises(ValueError, match="Both eyes are at"):
        align_face(frame, eyes[[0, 0]])
    with pytest.raises(ValueError, match="values from 0 to 1, got 0 to 255"):
        align_face(np.where(frame > 99, 255.0, 0.0), eyes)
    with pytest.raises(ValueError, match="uint8 or floats from 0 to 1, got int64"):
        align_face(frame.astype(int), eyes)


@pytest.mark.parametrize("angle", [-0.6, 0.4, 0.9])
def test_a_turned_face_comes_back_upright(angle):
    frames = [face()[0], face(70.0, 60.0, angle=angle)[0]]
    upright, turned = FaceCropper().fit_transform(stacked(frames))
    middle = np.s_[:, 12:50, 12:52]
    assert similarity_of(upright[middle], turned[middle]) > 0.95


def test_types_threads_and_frame_axes_change_nothing():
    frames = stacked([face(60.0 + 4 * i, angle=0.1 * i)[0] for i in range(4)])
    cropper = FaceCropper(size=48)
    expected = cropper.fit_transform(frames)
    assert expected.shape == (4, 3, 48, 48)
    assert expected.dtype == np.float32
    assert 0 <= expected.min() <= expected.max() <= 1
    np.testing.assert_array_equal(cropper.transform(frames / 255), expected)
    threads = FaceCropper(size=48, n_jobs=2)
    np.testing.assert_array_equal(threads.transform(frames), expected)
    np.testing.assert_array_equal(cropper.transform(frames[:, None])[:, 0], expected)
    names = cropper.get_feature_names_out()
    assert len(names) == expected[0].size
    assert names[48 * 48 + 5] == "g_0_5"
    assert cropper.fit(frames[:, None]).get_feature_names_out()[0] == "f0_r_0_0"


def test_frames_without_a_face_take_the_place_between_their_neighbours():
    frames = [face(60.0 + 4 * i)[0] for i in range(6)]
    frames[2] = frames[3] = frames[5] = EMPTY
    points, found = FaceCropper().landmarks(stacked(frames)[None])
    assert found.tolist() == [[True, True, False, False, True, False]]
    step = (points[0, 4] - points[0, 1]) / 3
    np.testing.assert_allclose(points[0, 2], points[0, 1] + step, atol=1e-3)
    np.testing.assert_allclose(points[0, 3], points[0, 1] + 2 * step, atol=1e-3)
    np.testing.assert_array_equal(points[0, 5], points[0, 4])
    np.testing.assert_allclose(step[:, 0], 4, atol=0.5)


def test_samples_without_a_face_are_nan_and_counted():
    frames = stacked([face()[0], EMPTY, face()[0]])
    cropper = FaceCropper(size=16)
    with pytest.warns(UserWarning, match="1 of 3 samples show no face"):
        crops = cropper.fit_transform(frames)
    assert np.isnan(crops[1]).all()
    assert np.isfinite(crops[[0, 2]]).all()
    assert cropper.valid(frames).tolist() == [True, False, True]
    points, found = cropper.landmarks(frames)
    assert points.shape == (3, 5, 2)
    assert np.isnan(points[1]).all()
    assert found.tolist() == [True, False, True]


def test_frames_of_another_shape_or_range_are_named():
    with pytest.raises(ValueError, match=r"\(n_samples, 3, height, width\)"):
        FaceCropper().fit(np.zeros((2, 60, 60, 3), np.uint8))
    with pytest.raises(ValueError, match="values from 0 to 255 as uint8"):
        FaceCropper().fit_transform(200.0 * np.ones((1, 3, 60, 60)))


# Windows of a video.

RATE = 20


def write_clip(path, visible, *, seconds=8, x=70.0):
    """A face that moves right by 1 pixel a frame of 0.2 s where `visible(t)`."""
    frames = []
    for number in range(seconds * RATE):
        time = number / RATE
        shown = face(x + int(5 * time))[0] if visible(time) else EMPTY
        frames.append(shown)
    write_video(path, frames, rate=RATE, options={"g": "40"})
    return path


def test_windows_are_cut_where_they_are_asked_for_and_frames_decoded_once(
    tmp_path, monkeypatch
):
    path = write_clip(tmp_path / "clip.avi", lambda t: True)
    asked = []
    read = _face_windows.iter_frames
    monkeypatch.setattr(
        _face_windows,
        "iter_frames",
        lambda p, times: read(p, asked.append(times) or times),
    )
    onsets = [3.0, 0.0, 1.0]
    faces, report = read_face_windows(path, onsets, window=2.0, size=32)
    assert faces.shape == (3, 10, 3, 32, 32)
    assert report.valid.all()
    assert report.found.all()
    assert report.n_without_face == 0
    # 0 to 3 s, in which two windows overlap by 1 s, and 3 to 5 s: 25 frames, once.
    np.testing.assert_allclose(asked[0], np.arange(25) / 5 + 0.1)
    np.testing.assert_array_equal(faces[1, 5:], faces[2, :5])
    # Frame k shows onset + (k + 1/2) / 5 s, when the eyes' middle is at 70 + k pixels.
    middle = report.landmarks[:, :, :2, 0].mean(axis=2)
    expected = 70 + 5 * np.array(onsets)[:, None] + np.arange(10)
    np.testing.assert_allclose(middle, expected, atol=1.0)


def test_gaps_are_bridged_up_to_their_longest(tmp_path):
    def visible(t):
        return not (1.0 <= t < 1.8 or 4.0 <= t < 7.0)

    path = write_clip(tmp_path / "gaps.avi", visible)
    faces, report = read_face_windows(path, np.arange(8), window=1.0, size=32)
    # Frames are at .1, .3, ... s: the first gap lies between 0.9 and 1.9 s, 1 s; the
    # second between 3.9 and 7.1 s, 3.2 s, is longer than 2 s.
    assert report.valid.tolist() == [True] * 4 + [False] * 3 + [True]
    assert report.found[1].tolist() == [False] * 4 + [True]
    assert report.n_without_face == 4
    assert faces.dtype == np.uint8
    assert not faces[4:7].any()
    assert np.isnan(report.landmarks[4:7]).all()
    assert faces[report.valid].any(axis=(2, 3, 4)).all()
    x = report.landmarks[:2, :, 0, 0].ravel()
    np.testing.assert_allclose(x[5:9], np.interp(range(1, 5), [0, 5], x[[4, 9]]))
    _, patient = read_face_windows(path, range(8), window=1.0, size=32, max_gap=4.0)
    assert patient.valid.all()


def test_what_lies_beyond_the_video_is_not_valid(tmp_path):
    path = write_clip(tmp_path / "short.avi", lambda t: True, seconds=3)
    onsets = [-2.0, -1.0, 0.0, 2.0, 3.0, 4.0]
    faces, report = read_face_windows(path, onsets, window=1.0, size=32)
    # Frames from 0 to 2.95 s; up to 1 s before and after these are repeated.
    assert report.valid.tolist() == [False, True, True, True, True, False]
    np.testing.assert_array_equal(faces[1, 0], faces[1, 4])


def test_a_clip_without_a_face_gives_no_window(tmp_path):
    path = write_clip(tmp_path / "nobody.avi", lambda t: False, seconds=3)
    faces, report = read_face_windows(path, [0.0, 1.0], window=1.0, size=32)
    assert not report.valid.any()
    assert not faces.any()
    assert report.n_without_face == 0


def test_windows_that_cannot_be_are_named(tmp_path):
    path = write_clip(tmp_path / "clip.avi", lambda t: True, seconds=1)
    with pytest.raises(ValueError, match=r"window=0.5 s is 2.5 samples at 5.0 Hz"):
        read_face_windows(path, [0.0], window=0.5)
    with pytest.raises(ValueError, match=r"onsets must be finite"):
        read_face_windows(path, 0.0, window=1.0)
    with pytest.raises(ValueError, match=r"frame_rate must be > 0 Hz"):
        read_face_windows(path, [0.0], window=1.0, frame_rate=0.0)


# Real faces.


@pytest.fixture(scope="module")
def london(data_home):
    """Frames (51, 3, 384, 384) of neutral faces, and their eyes (51, 2, 2)."""
    folder = data_home / "frll_faces"
    if not folder.is_dir():
        pytest.skip(f"no photographs of faces in {folder}")
    with np.load(folder / "landmarks189.npz") as marks:
        eyes = {name: marks[name][:2] for name in sorted(marks.files)[::2]}
    frames = [np.asarray(Image.open(folder / "images" / f"{n}.jpg")) for n in eyes]
    return stacked(frames), np.array(list(eyes.values()))


def test_real_eyes_are_found(london):
    frames, eyes = london
    points, found = FaceCropper().landmarks(frames)
    assert found.all()
    distance = np.linalg.norm(eyes[:, 1] - eyes[:, 0], axis=1)
    error = np.linalg.norm(points[:, :2] - eyes, axis=2).mean(axis=1) / distance
    assert np.median(error) < 0.025
    assert error.max() < 0.07


def test_real_eyes_lie_where_promised(london):
    """The darkest places of the mean crop are the pupils."""
    crops = FaceCropper(size=100).fit_transform(london[0])
    mean = crops.mean(axis=(0, 1))
    for part, place in ((np.s_[30:46, 28:43], EYES[0]), (np.s_[30:46, 57:72], EYES[1])):
        region = mean[part]
        row, column = np.unravel_index(region.argmin(), region.shape)
        found = column + part[1].start + 0.5, row + part[0].start + 0.5
        np.testing.assert_allclose(np.divide(found, 100), place, atol=0.025)


@pytest.mark.parametrize("angle", [-40, 25])
def test_real_faces_come_back_upright(london, angle):
    frames = london[0][::5]
    turned = [Image.fromarray(f.transpose(1, 2, 0)).rotate(angle) for f in frames]
    turned = stacked([np.asarray(image) for image in turned])
    cropper = FaceCropper()
    pairs = zip(cropper.transform(frames), cropper.transform(turned))
    middle = np.s_[:, 15:52, 14:50]
    likeness = [similarity_of(a[middle], b[middle]) for a, b in pairs]
    assert min(likeness) > 0.9
