"""Frames of a video come back at the times that are asked for."""

import sys
import wave
from fractions import Fraction

import numpy as np
import pytest
from _drawn_face import write_video

from sklearn_emotion.preprocessing import _video, probe_video, read_frames

pytest.importorskip("av")

RATE = 25
BITS = 2 ** np.arange(10)


def numbered(number, value=200):
    """A frame whose ten bars, white or black, spell its number."""
    bars = np.where(number & BITS, value, 20).astype(np.uint8)
    return np.broadcast_to(bars.repeat(16)[None, :, None], (48, 160, 3))


def numbers_of(frames):
    height, width = frames.shape[2:]
    middle = frames[:, 1, height // 2]
    bars = middle.reshape(len(frames), 10, width // 10)[:, :, width // 20]
    return ((bars > 110) * BITS).sum(axis=1)


FORMATS = {
    "xvid.avi": {"codec": "mpeg4", "options": {"g": "60", "bf": "2"}},
    "h264.mp4": {"codec": "libx264", "options": {"g": "60", "bf": "3"}},
    # As DEAP's: AVI knows no order of presentation, and H.264 changes it.
    "h264.avi": {"codec": "libx264", "options": {"g": "60", "bf": "3"}},
    "open.mkv": {
        "codec": "libx264",
        "options": {"g": "60", "x264-params": "open-gop=1"},
    },
}


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """1000 numbered frames, 40 s, in several formats."""
    folder = tmp_path_factory.mktemp("clips")
    frames = [numbered(number) for number in range(1000)]
    for name, options in FORMATS.items():
        write_video(folder / name, frames, rate=RATE, **options)
    return folder


@pytest.mark.parametrize("name", FORMATS)
def test_each_time_gets_its_nearest_frame(clips, name):
    times = np.arange(0.05, 39.9, 0.35)
    frames, shown = read_frames(clips / name, times)
    # Frame i is shown at i / 25 s; of two as near as each other the earlier is taken.
    expected = np.ceil(np.round(times * RATE - 0.5, 6)).astype(int)
    np.testing.assert_array_equal(numbers_of(frames), expected)
    np.testing.assert_allclose(shown, expected / RATE, atol=1e-6)
    assert frames.dtype == np.uint8


@pytest.mark.parametrize("name", FORMATS)
def test_skipping_by_the_index_gives_what_decoding_everything_gives(
    clips, name, monkeypatch
):
    sparse = np.array([0.31, 14.99, 15.4, 39.11])
    everything = np.arange(0, 1000) / RATE
    monkeypatch.setattr(_video, "_SKIPPED", np.inf)
    whole, _ = read_frames(clips / name, everything)
    monkeypatch.undo()
    n_decoded = []
    step = _video._Reader._next
    monkeypatch.setattr(
        _video._Reader, "_next", lambda self: n_decoded.append(1) or step(self)
    )
    frames, _ = read_frames(clips / name, sparse)
    nearest = np.abs(everything[:, None] - sparse).argmin(axis=0)
    np.testing.assert_array_equal(frames, whole[nearest])
    # At most one second and one group of 60 frames before each of the two jumps.
    assert sum(n_decoded) < 300


def test_times_may_come_in_any_order_and_twice(clips):
    times = [7.0, 2.0, 7.0, 2.01]
    frames, shown = read_frames(clips / "h264.mp4", times)
    assert numbers_of(frames).tolist() == [175, 50, 175, 50]
    np.testing.assert_allclose(shown, [7.0, 2.0, 7.0, 2.0], atol=1e-6)
    assert read_frames(clips / "h264.mp4", [])[0].shape == (0, 3, 0, 0)


def test_a_variable_rate_and_a_late_start_are_told_by_the_time_stamps(tmp_path):
    stamps = [5.0, 5.1, 5.2, 6.0, 6.04, 8.0]
    path = tmp_path / "variable.mkv"
    frames = [numbered(i) for i in range(6)]
    options = {"rate": 50, "options": {"bf": "0"}}
    write_video(path, frames, codec="libx264", times=stamps, **options)
    times = [0.0, 0.14, 0.15, 0.16, 0.61, 1.03, 1.5, 2.6, 3.0]
    frames, shown = read_frames(path, times)
    assert numbers_of(frames).tolist() == [0, 1, 1, 2, 3, 4, 4, 5, 5]
    assert shown[-1] == pytest.approx(3.0, abs=2e-3)


@pytest.mark.parametrize("name", FORMATS)
def test_outside_the_video_its_ends_are_returned(clips, name):
    frames, shown = read_frames(clips / name, [-3.0, 39.96, 45.0])
    assert numbers_of(frames).tolist() == [0, 999, 999]
    np.testing.assert_allclose(shown, [0.0, 999 / RATE, 999 / RATE], atol=1e-6)


def test_frames_are_scaled_to_a_height(clips):
    frames, _ = read_frames(clips / "h264.mp4", [3.0], height=24)
    assert frames.shape == (1, 3, 24, 80)
    assert numbers_of(frames).tolist() == [75]


def test_pixels_come_out_square(tmp_path):
    import av

    path = tmp_path / "wide.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 160, 48, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(3, 2)
        for _ in range(5):
            frame = av.VideoFrame.from_ndarray(numbered(77), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    frames, _ = read_frames(path, [0.0])
    assert frames.shape == (1, 3, 48, 240)
    assert numbers_of(frames).tolist() == [77]


@pytest.mark.parametrize("turn", [90, -90, 180])
def test_frames_are_turned_as_the_header_says(tmp_path, turn):
    import av

    path = tmp_path / "turned.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 160, 48, "yuv420p"
        if not hasattr(stream, "set_display_rotation"):
            pytest.skip("this PyAV cannot write such a header")
        stream.set_display_rotation(turn)
        frame = av.VideoFrame.from_ndarray(numbered(77), format="rgb24")
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with av.open(str(path)) as container:
        (frame,) = container.decode(video=0)
        stated = frame.rotation
    frames, _ = read_frames(path, [0.0])
    assert abs(stated) == abs(turn)
    assert frames.shape[2:] == ((48, 160) if turn == 180 else (160, 48))
    upright = np.rot90(frames, -stated // 90, axes=(2, 3))
    assert numbers_of(upright).tolist() == [77]
    if turn != 180:
        frames, _ = read_frames(path, [0.0], height=80)
        assert frames.shape[2:] == (80, 24)


def test_colours_keep_their_places(tmp_path):
    frame = np.zeros((48, 64, 3), dtype=np.uint8)
    frame[...] = 200, 100, 30
    write_video(tmp_path / "colour.mp4", [frame] * 3, codec="libx264")
    frames, _ = read_frames(tmp_path / "colour.mp4", [0.0])
    np.testing.assert_allclose(frames[0].mean(axis=(1, 2)), [200, 100, 30], atol=6)


def test_the_header_is_read(clips):
    info = probe_video(clips / "xvid.avi")
    assert info == (40.0, 25.0, 160, 48)


def test_files_that_are_no_video_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no video .*absent\.mp4"):
        read_frames(tmp_path / "absent.mp4", [0.0])
    (tmp_path / "empty.avi").touch()
    with pytest.raises(ValueError, match=r"empty\.avi is empty"):
        read_frames(tmp_path / "empty.avi", [0.0])
    (tmp_path / "text.avi").write_text("no video at all" * 100)
    with pytest.raises(ValueError, match=r"text\.avi cannot be read as a video"):
        probe_video(tmp_path / "text.avi")
    with wave.open(str(tmp_path / "sound.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(16000))
    with pytest.raises(ValueError, match=r"sound\.wav holds no video.*\['audio'\]"):
        read_frames(tmp_path / "sound.wav", [0.0])


def test_files_that_are_cut_off_are_named(clips, tmp_path):
    for name in ("xvid.avi", "h264.mp4"):
        content = (clips / name).read_bytes()
        (tmp_path / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match=r"h264\.mp4 cannot be read .* cut off"):
        read_frames(tmp_path / "h264.mp4", [0.0])
    with pytest.raises(ValueError, match=r"xvid\.avi is damaged or cut off: .* s \("):
        read_frames(tmp_path / "xvid.avi", [0.0, 39.0])
    frames, _ = read_frames(tmp_path / "xvid.avi", [1.0])
    assert numbers_of(frames).tolist() == [25]


def test_a_file_cut_off_between_frames_is_told_by_its_header(clips, tmp_path):
    content = (clips / "xvid.avi").read_bytes()
    # "00dc" begins each frame of an AVI file.
    path = tmp_path / "short.avi"
    path.write_bytes(content[: content.index(b"00dc", len(content) // 2)])
    with pytest.raises(ValueError, match=r"short\.avi is cut off: .* states 40\.00 s"):
        read_frames(path, [0.0, 39.0])


def test_frames_that_cannot_be_decoded_are_named(clips, tmp_path):
    content = bytearray((clips / "h264.mp4").read_bytes())
    start = content.index(b"mdat") + 4
    content[start : start + len(content) // 2] = b"\xff" * (len(content) // 2)
    path = tmp_path / "broken.mp4"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"broken\.mp4"):
        read_frames(path, [0.0, 1.0])


def test_times_must_be_a_list_of_numbers(clips):
    with pytest.raises(ValueError, match=r"shape \(n_frames,\)"):
        read_frames(clips / "h264.mp4", [[0.0]])
    with pytest.raises(ValueError, match="finite"):
        read_frames(clips / "h264.mp4", [np.nan])


def test_the_missing_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(ImportError, match=r'pip install "sklearn_emotion\[video\]"'):
        read_frames("clip.mp4", [0.0])


def test_an_unknown_codec_is_named(clips, tmp_path):
    path = tmp_path / "a.avi"
    content = (clips / "xvid.avi").read_bytes()
    assert content.count(b"FMP4") == 2
    path.write_bytes(content.replace(b"FMP4", b"?!?!"))
    with pytest.raises(ValueError, match=r"a\.avi"):
        read_frames(path, [0.0])


def test_frames_of_an_impossible_size_are_named(clips, monkeypatch):
    monkeypatch.setattr(_video, "_MAX_PIXELS", 1000)
    match = r"xvid\.avi cannot be read as a video .*160 by 48 pixels"
    with pytest.raises(ValueError, match=match):
        read_frames(clips / "xvid.avi", [0.0])
