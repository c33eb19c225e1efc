"""Ten features of five points say where the head is and what the mouth does."""

import numpy as np
import pytest
from _drawn_face import draw_face, write_video
from PIL import Image

from sklearn_emotion import FaceCropper, FaceLandmarkFeatures
from sklearn_emotion.features._face import FACE_LANDMARK_FEATURES
from sklearn_emotion.preprocessing import read_face_windows

COLUMN = {name: number for number, name in enumerate(FACE_LANDMARK_FEATURES)}
POSE, SHAPE = slice(0, 4), slice(4, 10)


@pytest.fixture
def points():
    rng = np.random.default_rng(0)
    face = np.array([[40, 50], [60, 50], [50, 62], [42, 72], [58, 72]], dtype=float)
    return face + rng.normal(scale=1.5, size=(3, 8, 5, 2))


def features_of(points, **options):
    return FaceLandmarkFeatures(**options).fit_transform(points)


def moved(points, *, scale=1.0, angle=0.0, shift=(0.0, 0.0)):
    turn = [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
    return scale * points @ turn + shift


def test_numbers_of_a_face_that_is_worked_out_by_hand():
    # Eyes 20 apart around (50, 40); the nose is 3 to the right and 10 below, the mouth
    # 16 wide, its right corner 2 lower.
    face = [[40, 40], [60, 40], [53, 50], [42, 61], [58, 63]]
    features = features_of(np.array([[face]], dtype=float))[0, 0]
    expected = [2.5, 2.0, np.log(20), 0.0, 0.15, 0.5, 0.0, 1.1, 0.8, 0.1]
    np.testing.assert_allclose(features, expected, atol=1e-6)


def test_moving_turning_and_approaching_leave_the_shape_alone(points):
    before = features_of(points)
    after = features_of(moved(points, scale=1.7, angle=0.4, shift=(30.0, -12.0)))
    np.testing.assert_allclose(after[..., SHAPE], before[..., SHAPE], atol=1e-5)
    change = (after - before)[..., POSE]
    np.testing.assert_allclose(change[..., COLUMN["log_size"]], np.log(1.7), atol=1e-5)
    np.testing.assert_allclose(change[..., COLUMN["roll"]], 0.4, atol=1e-5)


def test_a_mirrored_face_changes_signs(points):
    mirrored = (points * [-1, 1] + [100, 0])[..., [1, 0, 2, 4, 3], :]
    before, after = features_of(points), features_of(mirrored)
    signs = np.array([-1, 1, -1, 1, 1, -1])
    np.testing.assert_allclose(after[..., SHAPE], signs * before[..., SHAPE], atol=1e-5)
    np.testing.assert_allclose(after[..., 3], -before[..., 3], atol=1e-5)


def test_frames_whose_eyes_coincide_are_nan_and_counted(points):
    expected = features_of(points)
    points[1, 2, 1] = points[1, 2, 0]
    with pytest.warns(UserWarning, match="1 of 24 frames have both eyes at the same"):
        features = features_of(points)
    assert np.isnan(features[1, 2]).all()
    features[1, 2] = expected[1, 2]
    np.testing.assert_array_equal(features, expected)


def test_windows_are_means_of_their_frames(points):
    frames = features_of(points)
    windows = FaceLandmarkFeatures(frame_rate=5.0, window=0.6)
    averaged = windows.fit_transform(points)
    assert averaged.shape == (3, 2, 10)
    np.testing.assert_allclose(averaged[:, 1], frames[:, 3:6].mean(axis=1), atol=1e-6)
    names = windows.get_feature_names_out()
    assert names[0] == "t0_position_x"
    assert names[13] == "t1_roll"
    assert len(names) == averaged[0].size
    with pytest.raises(ValueError, match=r"window=2.0 s is longer than the sample"):
        features_of(points, window=2.0)


def test_frames_give_the_features_of_their_landmarks():
    frames = [
        draw_face(80, 96, centre=(44 + 2 * i, 34), eye_distance=20.0, angle=0.1 * i)[0]
        for i in range(6)
    ]
    X = np.stack(frames).transpose(0, 3, 1, 2).reshape(2, 3, 3, 80, 96)
    landmarks, _ = FaceCropper().landmarks(X)
    expected = features_of(landmarks.astype(np.float64))
    for given in (X, X / 255):
        np.testing.assert_allclose(features_of(given), expected, atol=1e-4)
    turned = expected[..., COLUMN["roll"]].ravel()
    np.testing.assert_allclose(turned, 0.1 * np.arange(6), atol=0.06)
    X[1] = 120
    with pytest.warns(UserWarning, match="1 of 2 samples show no face"):
        features = features_of(X)
    assert np.isnan(features[1]).all()
    assert np.isfinite(features[0]).all()


def test_other_shapes_are_named():
    with pytest.raises(ValueError, match=r"5, 2\), landmarks, or .* frames, got"):
        features_of(np.zeros((2, 3, 68, 2)))


@pytest.fixture(scope="module")
def pairs(data_home):
    """Photographs of people, neutral and smiling, (n, 2, 3, 384, 384)."""
    folder = data_home / "frll_faces" / "images"
    if not folder.is_dir():
        pytest.skip(f"no photographs of faces in {folder}")
    people = sorted(path.name[:3] for path in folder.glob("*_smiling.jpg"))[::3]
    names = [[f"{who}_{how}.jpg" for how in ("neutral", "smiling")] for who in people]
    images = [[np.asarray(Image.open(folder / n)) for n in pair] for pair in names]
    return np.array(images).transpose(0, 1, 4, 2, 3)


def test_a_smile_widens_the_mouth_and_lifts_its_corners(pairs):
    X = pairs.reshape(-1, 1, *pairs.shape[2:])
    features = features_of(X).reshape(len(pairs), 2, -1)
    rise = features[:, 1] - features[:, 0]
    assert np.mean(rise[:, COLUMN["mouth_width"]] > 0) > 0.9
    assert np.mean(rise[:, COLUMN["mouth_y"]] < 0) > 0.9


def test_a_smile_in_a_video_begins_in_its_second(pairs, tmp_path):
    neutral, smiling = (
        np.asarray(Image.fromarray(photo.transpose(1, 2, 0)).resize((192, 192)))
        for photo in pairs[1]
    )
    path = tmp_path / "smile.avi"
    write_video(path, [neutral] * 75 + [smiling] * 75, rate=25)
    _, report = read_face_windows(path, np.arange(6), window=1.0, size=32)
    assert report.found.all()
    width = features_of(report.landmarks)[..., COLUMN["mouth_width"]].mean(axis=1)
    middle = (width.min() + width.max()) / 2
    assert (width > middle).tolist() == [False] * 3 + [True] * 3
