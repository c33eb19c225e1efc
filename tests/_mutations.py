"""Damages files in ways that disks, networks, spreadsheets and programs do.

`mutate` makes one damaged version of the content of a file. The general mutations work
on bytes. For each format there are further mutations that keep the outer form of the
file intact, such as its checksums and compressed blocks, so that the damage reaches the
code behind them.
"""

import io
import json
import pickletools
import re
import struct
import zipfile
import zlib

TEXTS = (
    *("", " ", "0", "-1", "1", "7", "0.5", "-0.0", "1e300", "-1e300", "1e400"),
    *("nan", "inf", "-inf", "2147483648", "-2147483649", "4294967296", "9" * 30),
    *("1e2147483648", "1e-2147483648", "0.1e99999999999999999999", "1,5", "0x10"),
    *("1_000", "True", "None", "null", "text", "é", "\x00", '"', "'", "\u0661"),
)
INTEGERS = (0, 1, 2, 7, 127, 128, 255, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1)
FLOATS = (0.0, -0.0, 1e300, -1e300, 5e-324, float("nan"), float("inf"), -float("inf"))
NUMBER = re.compile(rb"[-+]?\d+\.?\d*(?:[eE][-+]?\d+)?")
WORD = re.compile(rb"[A-Za-z_][A-Za-z_0-9]+")


def mutate(content, kind, rng):
    """Return a damaged version of the content of a file.

    Parameters
    ----------
    content : bytes
        The intact file.
    kind : str
        Format of the file, a key of `FORMATS`, or ``"bytes"``.
    rng : numpy.random.Generator
        Source of the damage.
    """
    changes = [*GENERAL]
    if kind in FORMATS and rng.random() < 0.6:
        changes = [FORMATS[kind]]
    damaged = content
    for _ in range(int(rng.choice([1, 1, 1, 2, 4]))):
        damaged = _pick(changes, rng)(damaged, rng)
    # A mutation may put in what was there already.
    while damaged == content:
        damaged = _pick((flip_bit, cut_off, insert_block), rng)(content, rng)
    return damaged


def _pick(values, rng):
    return values[int(rng.integers(len(values)))]


def _place(n, rng):
    """Return a position. Most of what says how to read a file is at its ends."""
    reach = min(n, _pick((64, 512, 4096, n), rng))
    place = int(rng.integers(max(reach, 1)))
    return max(n - 1 - place, 0) if rng.random() < 0.25 else place


def _span(n, rng):
    start = _place(n, rng)
    return start, min(n, start + _pick((1, 4, 8, 16, 100, 512, 4096), rng))


def flip_bit(content, rng):
    changed = bytearray(content)
    if changed:
        changed[_place(len(content), rng)] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def set_bytes(content, rng):
    start, stop = _span(len(content), rng)
    n = min(stop - start, 16)
    filled = bytes([_pick((0, 1, 0x20, 0x7F, 0x80, 0xFF), rng)]) * n
    new = rng.bytes(n) if rng.random() < 0.5 else filled
    return content[:start] + new + content[start + n :]


def cut_off(content, rng):
    return content[: _place(len(content), rng)]


def delete_block(content, rng):
    start, stop = _span(len(content), rng)
    return content[:start] + content[stop:]


def insert_block(content, rng):
    start, stop = _span(len(content), rng)
    return content[:start] + rng.bytes(max(stop - start, 1)) + content[start:]


def repeat_block(content, rng):
    start, stop = _span(len(content), rng)
    return content[:stop] + content[start:stop] + content[stop:]


def swap_blocks(content, rng):
    start, stop = _span(len(content), rng)
    other = _place(len(content), rng)
    block, there = content[start:stop], content[other : other + stop - start]
    changed = bytearray(content)
    changed[start : start + len(there)] = there
    changed[other : other + len(block)] = block
    return bytes(changed[: len(content)])


def append_block(content, rng):
    start, stop = _span(len(content), rng)
    return content + content[start:stop]


def set_integer(content, rng):
    """Put a boundary value where the file may hold a binary integer."""
    width, code = _pick(((2, "H"), (4, "I"), (8, "Q")), rng)
    place = _place(len(content), rng) // width * width
    value = _pick(INTEGERS, rng) % 2 ** (8 * width)
    if rng.random() < 0.3:
        value = 2 ** (8 * width) - 1 - value
    packed = struct.pack(_pick("<>", rng) + code, value)
    return content[:place] + packed + content[place + width :]


def set_float(content, rng):
    place = _place(len(content), rng) // 8 * 8
    packed = struct.pack("<d", _pick(FLOATS, rng))
    return content[:place] + packed + content[place + 8 :]


def set_number_text(content, rng):
    """Replace a number that is written as text."""
    return _replace(content, NUMBER, lambda old: _pick(TEXTS, rng).encode(), rng)


def swap_words(content, rng):
    words = [match[0] for match in _matches(content, WORD)] or [b""]
    return _replace(content, WORD, lambda old: _pick(words, rng), rng)


def _matches(content, pattern):
    # Large binary files hold their texts at their beginning.
    return list(pattern.finditer(content[:20000]))


def _replace(content, pattern, new, rng):
    matches = _matches(content, pattern)
    if not matches:
        return flip_bit(content, rng)
    start, stop = _pick(matches, rng).span()
    return content[:start] + new(content[start:stop]) + content[stop:]


GENERAL = (
    flip_bit,
    set_bytes,
    cut_off,
    delete_block,
    insert_block,
    repeat_block,
    swap_blocks,
    append_block,
    set_integer,
    set_float,
    set_number_text,
    swap_words,
)


def change_general(content, rng):
    return _pick(GENERAL, rng)(content, rng)


def change_csv(content, rng):
    """Change a cell, a row or a column, as editors of tables do."""
    rows = [line.split(b",") for line in content.split(b"\n")]
    row = int(rng.integers(len(rows)))
    column = int(rng.integers(len(rows[row])))
    action = int(rng.integers(7))
    if action <= 1:
        rows[row][column] = _pick(TEXTS, rng).encode()
    elif action == 2:
        rows.insert(row, rows[_pick(range(len(rows)), rng)])
    elif action == 3:
        del rows[row]
    elif action == 4:
        rows.insert(row, [b""] * len(rows[row]))
    elif action == 5:
        del rows[row][column]
    else:
        other = int(rng.integers(len(rows)))
        rows[row], rows[other] = rows[other], rows[row]
    return b"\n".join(b",".join(cells) for cells in rows)


def change_json(content, rng):
    """Change, remove or rename a member at any depth."""
    try:
        document = json.loads(content)
    except ValueError:
        return change_general(content, rng)
    places = [(None, None)]

    def collect(value):
        members = ()
        if isinstance(value, dict):
            members = value.items()
        elif isinstance(value, list):
            members = list(enumerate(value))[:20]
        for key, inner in members:
            places.append((value, key))
            collect(inner)

    collect(document)
    holder, key = _pick(places, rng)
    new = _pick(
        (0, -1, 2**31, 10**400, 1e300, float("nan"), None, True, "", "text", [], {}),
        rng,
    )
    if holder is None:
        document = new
    elif rng.random() < 0.3:
        del holder[key]
    elif isinstance(holder, dict) and rng.random() < 0.3:
        holder[_pick(TEXTS, rng)] = holder.pop(key)
    elif rng.random() < 0.3:
        holder[key] = [holder[key]]
    else:
        holder[key] = new
    return json.dumps(document).encode()


def change_xml(content, rng):
    """Change or remove an attribute, or repeat an element."""
    action = rng.random()
    if action < 0.6:
        value = _pick(TEXTS, rng).encode()
        return _replace(content, re.compile(rb'(?<==")[^"]*'), lambda old: value, rng)
    if action < 0.8:
        pattern = re.compile(rb'\s\w+="[^"]*"')
        return _replace(content, pattern, lambda old: b"", rng)
    return _replace(content, re.compile(rb"<[^>]*>"), lambda old: old + old, rng)


EDF_FILE = (8, 80, 80, 8, 8, 8, 44, 8, 8, 4)
EDF_CHANNEL = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)


def change_edf(content, rng):
    """Replace a field of the header of an EDF or BDF file."""
    n_channels = int(content[252:256]) if content[252:256].strip().isdigit() else 1
    widths = [*EDF_FILE]
    if rng.random() < 0.6:
        widths += [width for width in EDF_CHANNEL for _ in range(n_channels)]
    field = int(rng.integers(len(widths)))
    start, width = sum(widths[:field]), widths[field]
    text = _pick(TEXTS, rng).encode("utf-8")[:width].ljust(width)
    return content[:start] + text + content[start + width :]


def change_mat(content, rng):
    """Change an element of a MATLAB file. Compressed elements are compressed again."""
    elements, place = [], 128
    while place + 8 <= len(content):
        code, size = struct.unpack_from("<II", content, place)
        elements.append((place, code, size))
        place += 8 + size
    if not elements:
        return change_general(content, rng)
    start, code, size = _pick(elements, rng)
    stop = start + 8 + size
    body = content[start + 8 : stop]
    is_compressed = code == 15
    if is_compressed:
        try:
            body = zlib.decompress(body)
        except zlib.error:
            return change_general(content, rng)
    if rng.random() < 0.6:
        # Tags, flags, dimensions and names are in multiples of four bytes.
        places = range(0, min(len(body), _pick((64, 400, 4000), rng)), 4)
        if places:
            at = _pick(places, rng)
            values = (*INTEGERS, *range(20), 0x0800 | 6, 0x0400 | 6, 0x0200 | 6)
            body = body[:at] + struct.pack("<I", _pick(values, rng)) + body[at + 4 :]
    else:
        body = change_general(body, rng)
    if is_compressed:
        body = zlib.compress(body, 1)
    head = struct.pack("<II", code, len(body))
    return content[:start] + head + body + content[stop:]


def change_npy(content, rng):
    """Replace a part of the header of an array, which keeps its length."""
    if content[:6] != b"\x93NUMPY" or rng.random() < 0.3:
        return change_general(content, rng)
    size = int.from_bytes(content[8:10], "little")
    header = content[10 : 10 + size]
    replacements = (
        (rb"'<f4'", (b"'<f8'", b"'>f4'", b"'|O'", b"'<i4'", b"'|S4'", b"'<M8'", b"[]")),
        (rb"\(\d+", (b"(0", b"(-1", b"(2147483648", b"(99999999999999999999", b"(1")),
        (rb"\d+", (b"0", b"-1", b"4294967296", b"1", b"3")),
        (rb"False", (b"True", b"0", b"None")),
        (rb"shape", (b"shapf", b"descr")),
    )
    pattern, texts = _pick(replacements, rng)
    text = _pick(texts, rng)
    new = _replace(header.rstrip(), re.compile(pattern), lambda old: text, rng)
    new = new[: size - 1].ljust(size - 1) + b"\n"
    return content[:10] + new + content[10 + size :]


def change_zip(content, rng):
    """Change, remove, repeat or rename an array of an npz file."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [(name, archive.read(name)) for name in archive.namelist()]
    except Exception:
        return change_general(content, rng)
    if not members:
        return change_general(content, rng)
    number = int(rng.integers(len(members)))
    name, body = members[number]
    action = rng.random()
    if action < 0.7:
        members[number] = (name, change_npy(body, rng))
    elif action < 0.8:
        del members[number]
    elif action < 0.9:
        members[number] = (name, _pick(members, rng)[1])
    else:
        members[number] = (f"{_pick(TEXTS, rng)}.npy".replace("\x00", "_"), body)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, body in dict(members).items():
            archive.writestr(name, body)
    return out.getvalue()


def change_png(content, rng):
    """Change a chunk of an image, with the right checksum."""
    chunks, place = [], 8
    while place + 12 <= len(content):
        (size,) = struct.unpack_from(">I", content, place)
        chunks.append([content[place + 4 : place + 8], content[place + 8 :][:size]])
        place += 12 + size
    if not chunks:
        return change_general(content, rng)
    number = int(rng.integers(len(chunks)))
    code, body = chunks[number]
    action = rng.random()
    if code == b"IDAT" and action < 0.5:
        try:
            body = zlib.compress(change_general(zlib.decompress(body), rng))
        except zlib.error:
            body = change_general(body, rng)
        chunks[number] = [code, body]
    elif action < 0.8:
        chunks[number] = [code, change_general(body, rng)]
    elif action < 0.9:
        del chunks[number]
    else:
        chunks.insert(number, chunks[int(rng.integers(len(chunks)))])
    out = [content[:8]]
    for code, body in chunks:
        out += [struct.pack(">I", len(body)), code, body]
        out.append(struct.pack(">I", zlib.crc32(code + body)))
    return b"".join(out)


def change_pickle(content, rng):
    """Change, remove or repeat an instruction of a pickle."""
    try:
        places = [place for _, _, place in pickletools.genops(content)]
    except Exception:
        return change_general(content, rng)
    number = int(rng.integers(len(places)))
    start, stop = (*places, len(content))[number : number + 2]
    block = content[start:stop]
    action = rng.random()
    if action < 0.6:
        # The instruction and its first values; signals are long.
        head = bytearray(block[:16])
        head[int(rng.integers(len(head)))] = int(rng.integers(256))
        block = bytes(head) + block[16:]
    elif action < 0.7:
        block = b""
    elif action < 0.8:
        block = block + block
    else:
        packed = struct.pack("<i", _pick((0, -1, 2**31 - 1, -(2**31), 40, 41), rng))
        block = block[:1] + packed + block[5:]
    return content[:start] + block + content[stop:]


def change_avi(content, rng):
    """Change a size or a value in the header or in the index of a video."""
    index = content.rfind(b"idx1")
    place = int(rng.integers(min(len(content), 5000) // 4 + 1)) * 4
    if index > 0 and rng.random() < 0.3:
        place = index + int(rng.integers(0, 64)) * 4
    packed = struct.pack("<I", _pick(INTEGERS, rng))
    return content[:place] + packed + content[place + 4 :]


FORMATS = {
    "avi": change_avi,
    "csv": change_csv,
    "edf": change_edf,
    "json": change_json,
    "mat": change_mat,
    "npy": change_npy,
    "pickle": change_pickle,
    "png": change_png,
    "xml": change_xml,
    "zip": change_zip,
}
