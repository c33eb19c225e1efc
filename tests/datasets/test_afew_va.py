"""AFEW-VA is read frame by frame, faces upright, ratings beside them."""

import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from sklearn_emotion.datasets import _afew_va, list_cache, load_afew_va
from sklearn_emotion.preprocessing import align_face

# Frames of each clip.
CLIPS = {1: 23, 2: 10, 7: 9, 600: 12}
ACTORS = {1: "A", 2: "B", 7: "A", 600: None}
WIDTH, HEIGHT = 60, 40


def level(clip, frame):
    """The one grey level of a frame."""
    return (clip * 7 + frame * 5) % 256


def ratings(clip, frame):
    return (clip + frame) % 21 - 10, (clip + 3 * frame) % 21 - 10


def landmarks(left=(20.0, 15.0), right=(40.0, 15.0)):
    """68 points; those of an eye lie on a circle around its centre."""
    points = np.full((68, 2), 30.0)
    angle = np.arange(6) / 6 * 2 * np.pi
    circle = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    points[36:42] = circle + left
    points[42:48] = circle + right
    return points.tolist()


def write_clip(folder, clip, n_frames, actor=None, change=None):
    name = f"{clip:03d}"
    inner = folder / name
    inner.mkdir(parents=True)
    # The order of the keys means nothing.
    numbers = np.random.default_rng(clip).permutation(n_frames).tolist()
    frames = {}
    for number in numbers:
        valence, arousal = ratings(clip, number)
        frames[f"{number:05d}"] = {
            "landmarks": landmarks(),
            "arousal": arousal,
            "valence": valence,
        }
        image = np.full((HEIGHT, WIDTH, 3), level(clip, number), np.uint8)
        Image.fromarray(image).save(inner / f"{number:05d}.png")
    content = {"video_id": name, "frames": frames}
    if actor:
        content["actor"] = actor
    if change:
        change(content)
    (inner / f"{name}.json").write_text(json.dumps(content))
    return inner


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "afew-va"
    for clip, n_frames in CLIPS.items():
        write_clip(folder, clip, n_frames, ACTORS[clip])
    return folder


def load(folder, **options):
    return load_afew_va(folder, **{"clips": list(CLIPS), "face_size": 8, **options})


@pytest.fixture
def dataset(folder):
    with pytest.warns(UserWarning, match=r"1 of 4 trials have no sample.*: clip 007"):
        return load(folder)


def test_every_frame_and_rating_is_in_its_place(dataset):
    metadata = dataset.metadata
    assert metadata["trial"].tolist() == [1, 1, 2, 600]
    assert metadata["onset"].tolist() == [0, 0.4, 0, 0]
    assert metadata["subject"].tolist() == ["A", "A", "B", "clip 600"]
    assert dataset.data["face"].shape == (4, 10, 3, 8, 8)
    assert dataset.data["face"].dtype == np.uint8
    assert dataset.units == {"face": "1/255"}
    assert dataset.sfreq == {"face": 25.0}
    assert dataset.ch_names == {"face": ["R", "G", "B"]}
    for row, (clip, first) in enumerate([(1, 0), (1, 10), (2, 0), (600, 0)]):
        frames = range(first, first + 10)
        expected = np.array([level(clip, frame) for frame in frames])
        shown = dataset.data["face"][row]
        np.testing.assert_array_equal(
            shown, np.broadcast_to(expected[:, None, None, None], shown.shape)
        )
        pairs = np.array([ratings(clip, frame) for frame in frames])
        np.testing.assert_array_equal(dataset.ratings["valence"][row], pairs[:, 0])
        np.testing.assert_array_equal(dataset.ratings["arousal"][row], pairs[:, 1])
        assert metadata["valence"][row] == pairs[:, 0].mean()
        assert metadata["arousal"][row] == pairs[:, 1].mean()
    assert dataset.missing == ["clip 007"]


def test_targets_are_means_and_follow_a_selection(dataset):
    valence = dataset.metadata["valence"].to_numpy()
    target = dataset.target("valence", threshold=0.0)
    np.testing.assert_array_equal(target, valence > 0)
    some = dataset.select([3, 0])
    np.testing.assert_array_equal(
        some.ratings["arousal"], dataset.ratings["arousal"][[3, 0]]
    )
    np.testing.assert_array_equal(some.data["face"][1], dataset.data["face"][0])


def test_single_frames(folder):
    dataset = load(folder, window=None, clips=[2, 7])
    assert dataset.data["face"].shape == (19, 3, 8, 8)
    assert dataset.ratings["valence"].shape == (19,)
    np.testing.assert_array_equal(
        dataset.metadata["valence"], dataset.ratings["valence"]
    )
    np.testing.assert_allclose(
        dataset.metadata["onset"], [*np.arange(10) / 25, *np.arange(9) / 25]
    )
    grey = [level(2, frame) for frame in range(10)]
    grey += [level(7, frame) for frame in range(9)]
    np.testing.assert_array_equal(dataset.data["face"][:, 1, 4, 4], grey)


def test_fewer_frames_a_second(folder):
    dataset = load(folder, clips=[1], window=0.8, face_rate=5.0)
    # Moments 0.1, 0.3, 0.5 and 0.7 s of 25 frames a second.
    frames = [2, 7, 12, 17]
    assert dataset.sfreq == {"face": 5.0}
    pairs = [ratings(1, frame)[0] for frame in frames]
    assert dataset.ratings["valence"].tolist() == [pairs]
    slower = load(folder, clips=[1], window=0.8, face_rate=5.0, frame_rate=12.5)
    frames = [1, 3, 6, 8]
    pairs = [ratings(1, frame)[0] for frame in frames]
    assert slower.ratings["valence"][0].tolist() == pairs


def test_windows_may_overlap(folder):
    dataset = load(folder, clips=[1], step=0.04)
    assert len(dataset.data) == 14
    np.testing.assert_array_equal(
        dataset.ratings["valence"][5, 1:], dataset.ratings["valence"][6, :-1]
    )
    np.testing.assert_array_equal(
        dataset.data["face"][3, 1:], dataset.data["face"][4, :-1]
    )


def test_tilted_faces_are_turned_level_by_their_landmarks(folder):
    left, right = (22.0, 12.0), (38.0, 24.0)

    def tilt(content):
        content["frames"]["00000"]["landmarks"] = landmarks(left, right)

    inner = write_clip(folder, 8, 1, change=tilt)
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for x, y in (left, right):
        image[int(y) - 1 : int(y) + 1, int(x) - 1 : int(x) + 1] = 255
    Image.fromarray(image).save(inner / "00000.png")
    dataset = load(folder, clips=[8], window=None, face_size=64)
    face = dataset.data["face"][0]
    expected = align_face(image, [left, right], size=64)
    np.testing.assert_array_equal(face / np.float32(255), expected)
    # The two bright spots, at 35 % and 65 % of the width and 38 % of the height.
    brightness = face[0].astype(float)
    for column in (0.35, 0.65):
        half = slice(0, 32) if column < 0.5 else slice(32, 64)
        part = brightness[:, half]
        rows, columns = np.indices(part.shape) + 0.5
        x = (columns * part).sum() / part.sum() + half.start
        y = (rows * part).sum() / part.sum()
        np.testing.assert_allclose([x, y], [64 * column, 64 * 0.38], atol=0.5)


def test_archives_folders_cache_and_threads_change_nothing(folder, tmp_path):
    plain = load(folder, clips=[1, 2])
    for clip in CLIPS:
        inner = folder / "01" / f"{clip:03d}"
        inner.parent.mkdir(exist_ok=True)
        (folder / f"{clip:03d}").rename(inner)
    for _ in range(2):
        cached = load(folder.parent, clips=[1, 2], cache_dir=tmp_path / "c", n_jobs=2)
        assert isinstance(cached.data["face"], np.memmap)
        np.testing.assert_array_equal(cached.data["face"], plain.data["face"])
        np.testing.assert_array_equal(
            cached.ratings["valence"], plain.ratings["valence"]
        )
        pd.testing.assert_frame_equal(cached.metadata, plain.metadata)


def test_windows_over_an_unannotated_frame_are_left_out(folder):
    write_clip(folder, 9, 25, change=lambda content: content["frames"].pop("00004"))
    with pytest.warns(UserWarning, match="1 windows that hold NaN are left out"):
        dataset = load(folder, clips=[9])
    assert dataset.metadata["window"].tolist() == [1]


def set_frame(**values):
    def change(content):
        content["frames"]["00003"] |= values

    return change


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (set_frame(landmarks=[[1, 2]] * 67), r"landmarks of shape \(67, 2\)"),
        (set_frame(landmarks=[[1, float("nan")]] * 68), "not finite"),
        (set_frame(landmarks=[[1, 2]] * 68), "both eyes in one place"),
        (set_frame(landmarks="many"), "is not as AFEW-VA's"),
        (set_frame(valence=11), "outside -10 to 10"),
        (set_frame(valence=None), "is not as AFEW-VA's"),
        (set_frame(arousal=float("nan")), "outside -10 to 10"),
        (lambda content: content.pop("frames"), "KeyError"),
        (lambda content: content["frames"].clear(), "got none"),
        (
            lambda content: content["frames"].update(
                {"../../x": content["frames"]["00001"]}
            ),
            r"must be called 00000.*got \['../../x'\]",
        ),
        (lambda content: content.update(actor=["A"]), r"its actor \['A'\]"),
    ],
)
def test_annotations_of_another_form_are_named(folder, tmp_path, change, match):
    write_clip(folder, 9, 12, change=change)
    with pytest.raises(ValueError, match=match) as caught:
        load(folder, clips=[2, 9], cache_dir=tmp_path / "cache")
    assert "009.json" in str(caught.value)
    assert not list_cache(tmp_path / "cache")["complete"].any()


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_is_named(folder, content):
    (folder / "002" / "002.json").write_bytes(content)
    with pytest.raises(ValueError, match=r"002\.json cannot be read as JSON"):
        load(folder, clips=[2])


def png_header(width, height):
    """A PNG file that says how large it is and holds nothing."""
    import struct
    import zlib

    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no image",
        png_header(60, 40),
        png_header(8000, 8000),
        png_header(30_000, 30_000),
        b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
    ],
)
def test_images_that_are_none_leave_no_cache(folder, tmp_path, content):
    (folder / "002" / "00004.png").write_bytes(content)
    with pytest.raises(ValueError, match=r"00004\.png cannot be read as a PNG image"):
        load(folder, clips=[2], cache_dir=tmp_path / "cache")
    assert not list_cache(tmp_path / "cache")["complete"].any()


def test_an_image_that_is_cut_off_is_named(folder):
    rng = np.random.default_rng(0)
    path = folder / "002" / "00004.png"
    Image.fromarray(rng.integers(0, 256, (40, 60, 3), np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:-3000])
    with pytest.raises(ValueError, match=r"00004\.png cannot be read"):
        load(folder, clips=[2])


def test_missing_clips_and_frames_are_named(folder):
    with pytest.raises(FileNotFoundError, match=r"003/003\.json.*afew-va-database"):
        load(folder, clips=[1, 3])
    (folder / "002" / "00009.png").unlink()
    with pytest.raises(FileNotFoundError, match=r"00009\.png is annotated and missing"):
        load(folder, clips=[2])


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"clips": [601]}, "members of 1 to 600"),
        ({"window": 0.41}, "window of 'face'=0.41 s is 10.25 samples"),
        ({"frame_rate": 0}, "frame_rate must be a positive rate in Hz, got 0"),
        ({"face_rate": -5.0}, r"face_rate must be a positive rate in Hz, got -5\.0"),
        ({"face_size": 0}, "face_size must be a positive number of pixels, got 0"),
        ({"face_size": 2.5}, r"face_size must be a positive .*, got 2\.5"),
        ({"window": 4.0}, "no trial holds a window"),
    ],
)
def test_bad_parameters_are_named(folder, options, match):
    with pytest.raises(ValueError, match=match):
        load(folder, **options)


def renamed(old, new):
    def change(content):
        content["frames"][new] = content["frames"].pop(old)

    return change


def test_windows_without_frames_are_left_out_without_being_read(tmp_path, monkeypatch):
    n_read, read = [], _afew_va._Clip.read

    def counting(clip, name, moments):
        n_read.append(len(moments))
        return read(clip, name, moments)

    monkeypatch.setattr(_afew_va._Clip, "read", counting)
    inner = write_clip(tmp_path, 1, 22, change=renamed("00021", "00921"))
    (inner / "00021.png").rename(inner / "00921.png")
    with pytest.warns(UserWarning, match="90 windows that hold NaN are left out"):
        dataset = load_afew_va(tmp_path, clips=[1], face_size=8)
    assert dataset.metadata["window"].tolist() == [0, 1]
    # Faces, valence and arousal of two windows, and of none of the other 90.
    assert n_read == [2, 2, 2]


def test_a_frame_far_beyond_the_others_is_named(tmp_path):
    write_clip(tmp_path, 1, 2, change=renamed("00001", "90002"))
    match = r"001\.json names frame 90002, but it annotates only 2 frames"
    with pytest.raises(ValueError, match=match):
        load_afew_va(tmp_path, clips=[1])


def test_clips_that_are_there_are_suggested(tmp_path):
    write_clip(tmp_path, 1, 10)
    with pytest.raises(FileNotFoundError, match=r"pass clips=\[1\]\."):
        load_afew_va(tmp_path, clips=[1, 2])


def test_grey_images_of_16_bits_keep_their_levels(tmp_path):
    path = tmp_path / "a.png"
    levels = np.arange(0, 256, 17, dtype=np.uint16).reshape(4, 4)
    Image.fromarray(levels * 257).save(path)
    image = _afew_va.read_image(path, np.array([[1.0, 1.0], [3.0, 1.0]]))
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(image, levels[..., np.newaxis].repeat(3, axis=2))


def test_two_copies_of_a_clip_are_named(tmp_path):
    for part in ("01", "02"):
        write_clip(tmp_path / part, 1, 3)
    with pytest.raises(ValueError, match=r"several copies of clip 001: 01/001/001"):
        load_afew_va(tmp_path, clips=[1])


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((1e9, 15.0), (1e9 + 20, 15.0)),
        ((20.0, -90.0), (40.0, -90.0)),
        ((-500.0, 15.0), (500.0, 15.0)),
    ],
)
def test_landmarks_of_another_image_are_named(tmp_path, left, right):
    def change(content):
        content["frames"]["00001"]["landmarks"] = landmarks(left, right)

    write_clip(tmp_path, 1, 10, change=change)
    with pytest.raises(ValueError, match=r"00001\.png has 60 by 40 pixels, but its"):
        load_afew_va(tmp_path, clips=[1])


def test_faces_at_the_edge_of_an_image_are_read(tmp_path):
    def change(content):
        content["frames"]["00001"]["landmarks"] = landmarks((-30.0, 5.0), (-10.0, 5.0))

    write_clip(tmp_path, 1, 10, change=change)
    assert load_afew_va(tmp_path, clips=[1]).data["face"].shape[0] == 1


def test_a_palette_with_transparent_colors_is_read(tmp_path):
    path = tmp_path / "a.png"
    image = Image.new("P", (4, 3), 1)
    image.putpalette([0, 0, 0, 10, 20, 30])
    image.save(path, transparency=bytes([255, 0]))
    eyes = np.array([[1.0, 1.0], [2.0, 1.0]])
    found = _afew_va.read_image(path, eyes)
    np.testing.assert_array_equal(found, np.full((3, 4, 3), [10, 20, 30]))
