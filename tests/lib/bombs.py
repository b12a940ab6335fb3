#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Small files that ask for much: each must end within a bound of memory, and say what is wrong or what was not read.

usage: bombs.py WSCHECK DIRECTORY [bounded]      bounded: memory is looked at (not with a sanitizer, which takes its own)

Each row makes a file, and says with what exit code and words the command on it must end. With `bounded` analyze gets
--max-memory of the row's bound, and info of twice as much, which the peak of its memory must keep as well.
Growth: of files twice as large, the program must execute no more than 2.2 times the instructions (counted by valgrind).
Prints "ok" and "not ok" lines.
"""
import os
import re
import shutil
import struct
import subprocess
import sys

MASK = (1 << 64) - 1
U64 = MASK
PARKED = 12  # an event kind (include/wscheck/event.h)
CONTENT_MAX = 8 << 20
LARGE_MIB = 128  # rows that take more are left out where memory is not looked at
ID = bytes(range(16))


# --- zstd (RFC 8878), CBOR (RFC 8949) and XXH64, as much as is needed. ---

def xxh64(data):
  p1, p2, p3, p4, p5 = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63,
                        0x27D4EB2F165667C5)

  def rotate(x, n):
    return (x << n | x >> 64 - n) & MASK

  def step(acc, lane):
    return rotate(acc + lane * p2 & MASK, 31) * p1 & MASK

  at, size = 0, len(data)
  if size >= 32:
    acc = [p1 + p2 & MASK, p2, 0, -p1 & MASK]
    while at + 32 <= size:
      acc = [step(a, lane) for a, lane in zip(acc, struct.unpack_from("<4Q", data, at))]
      at += 32
    h = sum(rotate(a, n) for a, n in zip(acc, (1, 7, 12, 18))) & MASK
    for a in acc:
      h = ((h ^ step(0, a)) * p1 + p4) & MASK
  else:
    h = p5
  h = h + size & MASK
  while at + 8 <= size:
    h = (rotate(h ^ step(0, struct.unpack_from("<Q", data, at)[0]), 27) * p1 + p4) & MASK
    at += 8
  if at + 4 <= size:
    h = (rotate(h ^ struct.unpack_from("<I", data, at)[0] * p1 & MASK, 23) * p2 + p3) & MASK
    at += 4
  for byte in data[at:]:
    h = rotate(h ^ byte * p5 & MASK, 11) * p1 & MASK
  h = (h ^ h >> 33) * p2 & MASK
  h = (h ^ h >> 29) * p3 & MASK
  return h ^ h >> 32


def blocks_raw(data):
  parts = [data[i:i + (1 << 17)] for i in range(0, len(data), 1 << 17)] or [b""]
  return b"".join(struct.pack("<I", len(part) << 3 | (part is parts[-1]))[:3] + part for part in parts)


def blocks_of_zeros(size):
  """Four bytes for each 128 KiB."""
  sizes = [1 << 17] * (size >> 17) + ([size & (1 << 17) - 1] if size & (1 << 17) - 1 else [])
  return b"".join(struct.pack("<I", part << 3 | 2 | (i == len(sizes) - 1))[:3] + b"\0" for i, part in enumerate(sizes))


def frame_of(blocks, claimed, checksum):
  """Content size in 8 bytes, a checksum, a single segment."""
  return b"\x28\xb5\x2f\xfd\xe4" + struct.pack("<Q", claimed) + blocks + struct.pack("<I", checksum & 0xffffffff)


def frame(data, claimed=None):
  return frame_of(blocks_raw(data), len(data) if claimed is None else claimed, xxh64(data))


def zeros_checksum(size, known={}):
  if size not in known:
    known[size] = xxh64(bytes(size))
  return known[size]


def head(major, value):
  if value < 24:
    return bytes([major << 5 | value])
  for code, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
    if value < 1 << 8 * size:
      return bytes([major << 5 | code]) + value.to_bytes(size, "big")
  raise ValueError(value)


def cbor(value):
  if isinstance(value, bool):
    return b"\xf5" if value else b"\xf4"
  if isinstance(value, int):
    return head(0, value)
  if isinstance(value, bytes):
    return head(2, len(value)) + value
  if isinstance(value, str):
    return head(3, len(value.encode())) + value.encode()
  if isinstance(value, list):
    return head(4, len(value)) + b"".join(map(cbor, value))
  return head(5, len(value)) + b"".join(cbor(k) + cbor(v) for k, v in value.items())


def header(**more):
  return {0: "wscheck", 1: ID, 2: 0, 3: 1, **{int(k[1:]): v for k, v in more.items()}}


def block(sequence, worker, first, ts):
  """A block of one event, parked."""
  return {0: 1, 1: ID[:8], 2: sequence, 3: worker, 4: first, 5: 1, 6: ts, 7: ts, 13: bytes([PARKED]), 14: b"\0"}


# --- The rows: name, function that writes the file, command, exit code, words, bound in MiB. ---

HEAD = b'{"wscheck":1}\n'


def lines(*parts):
  def write(file):
    for part in parts:
      if isinstance(part, bytes):
        file.write(part)
      else:
        for piece in part():
          file.write(piece)
  return write


def events(count, form):
  return lambda: (form(i).encode() + b"\n" for i in range(count))


def frames(*parts):
  return lines(*[part if callable(part) else (part if isinstance(part, bytes) else frame(cbor(part)))
                 for part in parts])


def repeat(piece, count):
  return lambda: (piece for _ in range(count))


def filled(first, unit, count, last):
  return lines(first, repeat(unit * (1 << 10), count >> 10), unit * (count & 1023), last)


BOMB = frame_of(blocks_of_zeros(CONTENT_MAX), CONTENT_MAX, 0)


def with_raw_key(raw):
  """A header with one key more, that this version does not know, and these bytes as its value."""
  plain = cbor(header())
  return bytes([plain[0] + 1]) + plain[1:] + cbor(99) + raw


ROWS = (
    # Frames.
    ("a first frame of 8 MiB of zeros", lines(frame_of(blocks_of_zeros(CONTENT_MAX), CONTENT_MAX,
                                                       zeros_checksum(CONTENT_MAX))),
     2, "no trace|not a|header", 64),
    ("20,000 frames of 8 MiB of zeros, 160 GB", lambda file: lines(
        frame(cbor(header())), repeat(frame_of(blocks_of_zeros(CONTENT_MAX), CONTENT_MAX, zeros_checksum(CONTENT_MAX)),
                                      20000))(file), 3, "damaged", 96),
    ("20,000 such with wrong checksums", frames(header(), repeat(BOMB, 20000)), 3, "damaged", 96),
    ("a frame of 2^62 bytes, it says", frames(frame_of(blocks_raw(b"\xa0"), 1 << 62, 0)), 2, ".", 64),
    ("a frame of 2^64-1 bytes, it says, behind a header", frames(header(), frame_of(blocks_raw(b"\xa0"), U64, 0)), 3,
     "damaged", 64),
    ("a frame with more in it than it says", frames(header(), frame_of(blocks_of_zeros(1 << 20), 10, 0)), 3, "damaged",
     64),
    ("a frame with less in it than it says", frames(header(), frame(b"\xa0", CONTENT_MAX)), 3, "damaged", 64),
    ("a window of 2 GiB, no content size", frames(b"\x28\xb5\x2f\xfd\x04\xa8" + blocks_raw(cbor(header())) + bytes(4)),
     2, ".", 64),
    ("a window of 3.75 TiB behind a header", frames(header(), b"\x28\xb5\x2f\xfd\x04\xff" + blocks_raw(b"\xa0") +
                                                    bytes(4)), 3, "damaged", 64),
    ("a skippable frame of 4 GiB that is not there", frames(header(), b"\x50\x2a\x4d\x18\xff\xff\xff\xff"), 3, ".", 64),
    ("300,000 empty skippable frames", frames(header(), repeat(b"\x50\x2a\x4d\x18\0\0\0\0" * 1000, 300)), 3, ".", 64),
    # CBOR.
    ("arrays in arrays, 100,000 deep", frames(frame(with_raw_key(b"\x81" * 100000 + b"\0"))), 2, ".", 64),
    ("maps in tags in arrays, 100,000 deep, behind a header",
     frames(header(), frame(b"\xa4" + cbor(0) + cbor(2) + b"\x99" + b"\xc6\x81\xa1\0" * 100000)), 3, "damaged", 64),
    ("an array of 2^64-1 items, it says", frames(frame(with_raw_key(b"\x9b" + b"\xff" * 8))), 2, ".", 64),
    ("a text of 2^63 bytes, it says", frames(frame(with_raw_key(b"\x7b\x80" + bytes(7)))), 2, ".", 64),
    ("an endless array", frames(frame(with_raw_key(b"\x9f" * 50))), 2, ".", 64),
    ("a million arrays of no items", frames(frame(with_raw_key(head(4, 1 << 20) + b"\x80" * (1 << 20)))), 3, ".", 64),
    ("2^20 + 1 queues", frames(header(_17=[{0: i} for i in range((1 << 20) + 1)])), 2, "more rows than", 256),
    # Many of everything.
    ("2^18 + 1 workers with a block each", frames(
        header(), lambda: (frame(cbor(block(i + 1, i, 0, i))) for i in range((1 << 18) + 1))), 2, "more than 262144 workers", 512),
    ("300,000 workers, ids up to 2^32-1", lines(HEAD, events(
        300000, lambda i: f'{{"ts":{i},"ev":"parked","worker":{(i * 14316 + 1) & 0xffffffff}}}')), 3, ".", 384),
    ("300,000 queues", lines(HEAD, events(
        300000, lambda i: f'{{"ts":{i},"ev":"queued","task":{i + 1},"worker":1,"queue":{i * 14316}}}')), 3, ".", 512),
    ("tasks up to 2^64-1", lines(HEAD, events(
        100000, lambda i: f'{{"ts":{i},"ev":"queued","task":{U64 - i * 97},"worker":1}}')), 3, ".", 128),
    ("tasks that collide in any table of low bits", lines(HEAD, events(
        100000, lambda i: f'{{"ts":{i},"ev":"queued","task":{i + 1 << 40},"worker":1}}')), 3, ".", 128),
    ("a declaration on each of 200,000 lines", lines(HEAD, repeat(
        b'{"workers":[{"worker":1,"name":"a"}],"queues":[{"queue":9}]}\n', 200000)), 3, ".", 128),
    # JSON.
    ("a line of 200 MB", filled(HEAD + b'{"x":"', b"a", 200 << 20, b'"}\n'), 2, "line 2.*longer than 1048576 bytes", 64),
    ("one line without end", filled(b"{", b" ", 64 << 20, b""), 2, "line 1.*longer than 1048576 bytes", 64),
    ("a line of a MiB of empty objects", filled(HEAD + b'{"x":[', b"{},", (1 << 20) // 3 - 10, b"0]}\n"), 3, ".", 384),
    ("arrays in arrays, 500,000 deep, in a line", filled(HEAD + b'{"x":', b"[", 500000, b"\n"), 2,
     "nest deeper than 32", 256),
    ("a key of a MiB", filled(HEAD + b'{"', b"k", 1 << 19, b'":1}\n'), 3, ".", 384),
    ("50 MB of line ends", filled(HEAD, b"\n", 50 << 20, b""), 3, ".", 64),
    # Time.
    ("all at 2^64-1", lines(HEAD, events(
        50000, lambda i: f'{{"ts":{U64},"ev":"queued","task":{i + 1},"worker":{i % 3}}}')), 3, ".", 128),
    ("from 0 to 2^64-1 and back", lines(HEAD, events(
        50000, lambda i: f'{{"ts":{U64 if i % 2 else 0},"ev":"queued","task":{i + 1},"worker":{i % 3}}}')), 1,
     "protocol_violation|[0-9]+ errors?", 128),
    ("backwards", lines(HEAD, events(
        50000, lambda i: f'{{"ts":{10**6 - i},"ev":"queued","task":{i + 1},"worker":1}}')), 1, "error", 128),
    ("a stamp beyond 2^64-1", lines(HEAD, b'{"ts":18446744073709551616,"ev":"parked","worker":1}\n'), 2,
     "line 2.*ts", 64),
    ("gaps from 0 to 2^64-1 of every worker", lines(HEAD, events(
        20000, lambda i: f'{{"ts":0,"ev":"gap","worker":{i},"count":4294967295,"until":{U64}}}')), 3, ".", 128),
    ("an uncertainty of 2^64-1", lines(
        f'{{"wscheck":1,"uncertainty_ns":{U64},"publish_ns":{U64}}}\n'.encode(), events(
            20000, lambda i: f'{{"ts":{i},"ev":"queued","task":{i + 1},"worker":{i % 5}}}')), 3, ".", 128),
    ("ticks of 1 a second", lines(b'{"wscheck":1,"clock":"ticks","ticks_per_second":1}\n', events(
        1000, lambda i: f'{{"ts":{U64 - 1000 + i},"ev":"parked","worker":{i}}}')), 3, ".", 128),
)


def run(command):
  """Exit code, what it says, and the peak of its memory in MiB."""
  reader, writer = os.pipe()
  pid = os.fork()
  if pid == 0:
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(writer, 1)
    os.dup2(writer, 2)
    os.execv(command[0], command)
  os.close(writer)
  with open(reader, "rb") as file:
    said = file.read()
  _, status, usage = os.wait4(pid, 0)
  return os.waitstatus_to_exitcode(status), said.decode(errors="replace"), usage.ru_maxrss >> 10


def judge(name, outcome, code, words, bound):
  got, said, peak = outcome
  wrong = (f"exit code {got}, expected {code}" if got != code else
           f"no '{words}' in what it says" if not re.search(words, said) else
           f"{peak} MiB, more than {bound}" if bound and peak > bound else None)
  print(f"{'not ok' if wrong else 'ok'} {name}{f': {wrong}: {said[:300].strip()}' if wrong else ''}", flush=True)
  return wrong is None


def bombs(wscheck, directory, bounded):
  path, good = f"{directory}/bomb", True
  for name, write, code, words, bound in ROWS:
    if not bounded and bound > LARGE_MIB:
      continue
    with open(path, "wb") as file:
      write(file)
    def limit(mib):
      return ["--max-memory", f"{mib}M"] if bounded else []

    good &= judge(name, run([wscheck, "analyze", *limit(bound), path]), code, words, bound if bounded else 0)
    info = run([wscheck, "info", *limit(2 * bound), path])
    good &= judge(f"{name}: info", info, 2 if code == 2 else 0, ".", 2 * bound if bounded else 0)
  os.unlink(path)
  return good


# --- Growth. ---

def tiny_blocks(count):
  return frames(header(), lambda: (frame(cbor(block(i + 1, 1, i, i))) for i in range(count)))


def tiny_workers(count):
  return frames(header(), lambda: (frame(cbor(block(i + 1, i, 0, count - i))) for i in range(count)))


def json_lines(count):
  return lines(HEAD, events(count, lambda i: f'{{"ts":{count - i},"ev":"queued","task":{i + 1},"worker":{i}}}'))


def live_tasks(count):
  return lines(HEAD, events(count, lambda i: f'{{"ts":{i},"ev":"queued","task":{i + 1},"worker":1,"queue":{i % 7}}}'))


def damaged(count):
  return frames(header(), repeat(BOMB[:-1], count))


def close_stamps(count):
  """All of one task, half of them within the uncertainty, and all but the first of one worker."""
  head = f'{{"wscheck":1,"clock":"ns","uncertainty_ns":{count // 2}}}\n{{"ts":1,"ev":"queued","task":1,"worker":2}}\n'
  kinds = ("cancelled", "queued")
  return lines(head.encode(),
               events(count, lambda i: f'{{"ts":{i + 2},"ev":"{kinds[i % 2]}","task":1,"worker":1}}'))


def last_of_another(count):
  """All of one task, within the uncertainty, and all but the last of one worker."""
  kinds = ("cancelled", "queued")
  return lines(f'{{"wscheck":1,"clock":"ns","uncertainty_ns":{2 * count}}}\n'.encode(),
               events(count, lambda i: f'{{"ts":{i + 1},"ev":"{kinds[i % 2]}","task":1,"worker":{i // max(count - 1, 1)}}}'))


def crowd(count):
  """All of one task, within the uncertainty, of seven workers by turns."""
  return lines(f'{{"wscheck":1,"clock":"ns","uncertainty_ns":{2 * count}}}\n'.encode(),
               events(count, lambda i: f'{{"ts":{i + 1},"ev":"cancelled","task":1,"worker":{i % 7}}}'))


def one_batch(count):
  """A worker takes from its deque, newest first, and pushes between any two takes, which are one batch."""
  def event(i):
    kind, task = ("queued", i) if i < count or (i - count) % 2 == 1 else ("dequeued", count - 1 - (i - count) // 2)
    return f'{{"ts":{i + (i >= count)},"ev":"{kind}","task":{task + 1},"worker":1}}'
  between = f'{{"ts":{count},"ev":"parked","worker":1}}\n'.encode()
  return lines(HEAD, events(count, event), between, events(2 * count, lambda i: event(count + i)))


GROWTH = (("blocks of one event", tiny_blocks, 2000), ("workers of one event, backwards", tiny_workers, 1000),
          ("lines of one worker each, backwards", json_lines, 2000), ("tasks that are never taken", live_tasks, 3000),
          ("close stamps of one worker", close_stamps, 2000), ("close stamps of seven workers", crowd, 4000),
          ("close stamps, the last of another worker", last_of_another, 2000),
          ("damaged frames", damaged, 1000), ("takes of one batch", one_batch, 2000))


def instructions(wscheck, path):
  """None: they can't be counted."""
  if not shutil.which("valgrind"):
    return None
  done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", wscheck, "analyze", "-q",
                         path], capture_output=True, text=True, check=False)
  found = re.search(r"Collected : (\d+)", done.stderr)
  return int(found.group(1)) if found else None


def growth(wscheck, directory):
  good = True
  for name, make, count in GROWTH:
    counted = []
    for n in (1, count, 2 * count):
      with open(f"{directory}/growing", "wb") as file:
        make(n)(file)
      counted.append(instructions(wscheck, f"{directory}/growing"))
    if None in counted:
      print(f"ok growth: {name} # SKIP no instructions are counted here: valgrind is missing")
      continue
    ratio = (counted[2] - counted[0]) / (counted[1] - counted[0])
    linear = ratio <= 2.2
    good &= linear
    print(f"{'ok' if linear else 'not ok'} growth: {name}: {count} to {2 * count}, instructions times {ratio:.2f}")
  return good


def main():
  if len(sys.argv) not in (3, 4):
    sys.exit("usage: bombs.py WSCHECK DIRECTORY [bounded]")
  wscheck, directory, bounded = os.path.abspath(sys.argv[1]), sys.argv[2], len(sys.argv) == 4
  good = bombs(wscheck, directory, bounded)
  if bounded:
    good &= growth(wscheck, directory)
  return 0 if good else 1


sys.exit(main())
