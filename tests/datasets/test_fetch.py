"""Downloads are verified, go on where they stopped, and leave nothing half written.

The server runs on the loopback interface; PhysioNet itself is never asked.
"""

import contextlib
import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from _edf import write_edf
from test_eegmat import LOADED, TABLE as SUBJECTS, digital_signals

from sklearn_emotion.datasets import _fetch, fetch_eegmat, load_eegmat

NAMES = [
    "Subject00_1.edf",
    "Subject00_2.edf",
    "Subject01_1.edf",
    "Subject01_2.edf",
    "subject-info.csv",
]


class Handler(SimpleHTTPRequestHandler):
    def do_GET(self):
        self.server.requested.append(self.path.rpartition("/")[2])
        super().do_GET()

    def log_message(self, *args):
        pass


def write_sums(folder):
    lines = [
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()} {name}\n"
        for name in NAMES
    ]
    (folder / "SHA256SUMS.txt").write_text("".join(lines))


@pytest.fixture
def server(tmp_path):
    folder = tmp_path / "www" / "files" / "eegmat" / "1.0.0"
    folder.mkdir(parents=True)
    for seed, name in enumerate(NAMES[:-1]):
        write_edf(folder / name, digital_signals(seed, 5))
    (folder / "subject-info.csv").write_text(SUBJECTS)
    write_sums(folder)
    handler = partial(Handler, directory=tmp_path / "www")
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.requested = []
    server.folder = folder
    server.url = f"http://127.0.0.1:{server.server_port}/files/eegmat/1.0.0/"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def fetch(server, tmp_path):
    options = {"base_url": server.url, "n_retries": 0, **LOADED}
    return lambda **more: fetch_eegmat(tmp_path / "home", **{**options, **more})


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "home" / "eegmat"


def present(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_download_is_complete_and_loads(fetch, folder, server):
    dataset = fetch()
    assert present(folder) == NAMES
    assert sorted(server.requested) == ["SHA256SUMS.txt", *NAMES]
    direct = load_eegmat(server.folder, **LOADED)
    np.testing.assert_array_equal(dataset.data["eeg"], direct.data["eeg"])
    assert dataset.metadata.equals(direct.metadata)


def test_only_what_is_missing_is_requested(fetch, folder, server):
    fetch()
    server.requested.clear()
    (folder / "Subject01_1.edf").unlink()
    fetch()
    assert server.requested == ["SHA256SUMS.txt", "Subject01_1.edf"]


def test_only_the_wanted_subjects_are_requested(fetch, folder):
    fetch(subjects=[1])
    assert present(folder) == NAMES[2:]


def test_a_complete_copy_needs_no_network(fetch):
    fetch()
    dataset = fetch(base_url="http://127.0.0.1:9/")
    assert len(dataset.data) == 8


def test_a_file_that_is_cut_off_is_replaced(fetch, folder, server):
    fetch()
    whole = (folder / "Subject00_2.edf").read_bytes()
    (folder / "Subject00_2.edf").write_bytes(whole[:-2000])
    server.requested.clear()
    fetch()
    assert server.requested == ["SHA256SUMS.txt", "Subject00_2.edf"]
    assert (folder / "Subject00_2.edf").read_bytes() == whole


def test_a_file_with_another_sum_is_refused_and_the_rest_kept(fetch, folder, server):
    path = server.folder / "Subject01_1.edf"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"?")
    with pytest.raises(ValueError, match=r"Subject01_1.edf.*does not match"):
        fetch()
    assert present(folder) == ["Subject00_1.edf", "Subject00_2.edf"]
    path.write_bytes(whole)
    server.requested.clear()
    fetch()
    assert server.requested == ["SHA256SUMS.txt", *NAMES[2:]]


def test_a_broken_connection_leaves_nothing_half_written(
    fetch, folder, server, monkeypatch
):
    send = Handler.copyfile

    def broken(self, source, output):
        if self.path.endswith("Subject00_2.edf"):
            output.write(source.read(5000))
            self.close_connection = True
        else:
            send(self, source, output)

    monkeypatch.setattr(Handler, "copyfile", broken)
    with pytest.raises((OSError, ValueError)):
        fetch()
    assert present(folder) == ["Subject00_1.edf"]
    monkeypatch.undo()
    fetch()
    assert present(folder) == NAMES


def test_a_failed_download_is_tried_again(fetch, server, monkeypatch):
    send = Handler.do_GET

    def shaky(self):
        if self.path.endswith("Subject00_1.edf") and not server.requested[1:]:
            server.requested.append("refused")
            self.send_error(503)
        else:
            send(self)

    monkeypatch.setattr(Handler, "do_GET", shaky)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    assert len(fetch(n_retries=1).data) == 8
    assert server.requested[:3] == ["SHA256SUMS.txt", "refused", "Subject00_1.edf"]


def test_a_file_without_a_published_sum_is_named(fetch, server):
    lines = (server.folder / "SHA256SUMS.txt").read_text().splitlines()
    (server.folder / "SHA256SUMS.txt").write_text("\n".join(lines[:-1]))
    with pytest.raises(ValueError, match=r"lists no sum for \['subject-info.csv'\]"):
        fetch()


def test_nothing_is_downloaded_unless_asked(fetch, folder, server):
    with pytest.raises(FileNotFoundError, match="5 of 5 files missing"):
        fetch(download_if_missing=False)
    assert not folder.exists()
    assert server.requested == []


def test_a_server_that_is_not_there(fetch, folder):
    with pytest.raises(OSError, match=r"127\.0\.0\.1"):
        fetch(base_url="http://127.0.0.1:9/")
    assert present(folder) == []


def test_an_unknown_option_is_refused_before_the_download(fetch, server):
    with pytest.raises(TypeError, match="widow"):
        fetch(widow=2.0)
    assert server.requested == []


PAGE = b"<!DOCTYPE html>\n<html><body>Please log in to this network.</body></html>\n"


def answer(monkeypatch, content, names=None):
    """Let the server answer requests for some or all files with other content."""
    send = Handler.do_GET

    def do_get(self):
        name = self.path.rpartition("/")[2]
        if names is not None and name not in names:
            return send(self)
        self.server.requested.append(name)
        self.send_response(200)
        self.end_headers()
        with contextlib.suppress(OSError):
            for block in content() if callable(content) else [content]:
                self.wfile.write(block)
        return None

    monkeypatch.setattr(Handler, "do_GET", do_get)


@pytest.mark.parametrize(
    "content",
    [
        PAGE,
        b"",
        b"\xff\xfe\x00binary",
        b"one-word-per-line\n" * 5,
        b"0123abc Subject00_1.edf\n",
        b"z" * 64 + b" Subject00_1.edf\n",
    ],
)
def test_what_is_no_list_of_checksums_is_named(fetch, folder, monkeypatch, content):
    answer(monkeypatch, content)
    with pytest.raises(ValueError, match=r"SHA256SUMS\.txt is not a list of checksums"):
        fetch()
    assert present(folder) == []


def test_a_page_instead_of_a_recording_is_named(fetch, folder, monkeypatch):
    answer(monkeypatch, PAGE, NAMES)
    with pytest.raises(ValueError, match=r"Subject00_1\.edf.*does not match"):
        fetch()
    assert present(folder) == []


def endless():
    while True:
        yield bytes(2**16)


@pytest.mark.parametrize("name", ["SHA256SUMS.txt", "Subject00_2.edf"])
def test_a_file_without_end_is_stopped(fetch, folder, monkeypatch, name):
    monkeypatch.setattr(_fetch, "MAX_BYTES", 2**20)
    answer(monkeypatch, endless, [name])
    with pytest.raises(OSError, match=f"{name} was stopped.* more than 1048576 bytes"):
        # A file that is too large is not requested again.
        fetch(n_retries=3)
    assert present(folder) == (["Subject00_1.edf"] if name.endswith("edf") else [])


@pytest.mark.parametrize("part", ["headers", "body"])
def test_a_server_that_sends_a_byte_now_and_then_is_left(
    fetch, folder, monkeypatch, part
):
    """Each byte restarts the time limit of a single read."""
    is_over = threading.Event()

    def do_get(self):
        with contextlib.suppress(OSError):
            self.wfile.write(b"HTTP/1.0 200 OK\r\nX-Header: ")
            if part == "body":
                self.wfile.write(b"x\r\n\r\n")
            while not is_over.wait(0.05):
                self.wfile.write(b"x")

    monkeypatch.setattr(Handler, "do_GET", do_get)
    monkeypatch.setattr(_fetch, "MAX_SECONDS", 0.5)
    try:
        with pytest.raises(OSError, match=r"stopped.* not finished after 0\.5 s"):
            fetch(n_retries=3)
        assert present(folder) == []
    finally:
        is_over.set()


def test_checksums_are_read_in_the_usual_forms(tmp_path):
    path = tmp_path / "SHA256SUMS.txt"
    sums = ["0" * 64, "a" * 64, "AB" * 32]
    path.write_text(f"{sums[0]}  a.edf\n\n{sums[1]} *b c.edf\r\n{sums[2]} ./d.edf")
    found = _fetch._read_sums(path, "http://127.0.0.1/")
    assert found == {"a.edf": sums[0], "b c.edf": sums[1], "d.edf": "ab" * 32}
