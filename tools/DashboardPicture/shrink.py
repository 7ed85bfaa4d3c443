#!/usr/bin/env python3
"""Reduces PNG files, as Chromium writes them, to the 256 colours they use most: shrink.py FILE…"""
import struct
import sys
import zlib
from collections import Counter

for path in sys.argv[1:]:
    with open(path, "rb") as file:
        png = file.read()
    at, data = 8, b""
    while at < len(png):
        length, kind = struct.unpack_from(">I4s", png, at)
        if kind == b"IHDR":
            width, height, depth, color, *_ = struct.unpack_from(">IIBBBBB", png, at + 8)
        elif kind == b"IDAT":
            data += png[at + 8:at + 8 + length]
        at += length + 12
    size = {2: 3, 6: 4}[color]
    raw, stride, above, pixels = zlib.decompress(data), width * size, bytearray(width * size), []
    for row in range(height):
        start = row * (stride + 1)
        kind, line = raw[start], bytearray(raw[start + 1:start + 1 + stride])
        for i in range(stride if kind else 0):
            left, up = line[i - size] if i >= size else 0, above[i]
            corner = above[i - size] if i >= size else 0
            paeth = min((abs(up - corner), 0, left), (abs(left - corner), 1, up), (abs(left + up - 2 * corner), 2, corner))[2]
            line[i] = line[i] + (0, left, up, (left + up) // 2, paeth)[kind] & 0xFF
        pixels += [tuple(line[i:i + 3]) for i in range(0, stride, size)]
        above = line
    counts = Counter(pixels)
    palette = [color for color, _ in counts.most_common(256)]
    nearest = {
        color: min(range(len(palette)), key=lambda i: sum((a - b) ** 2 for a, b in zip(palette[i], color))) for color in counts}
    rows = b"".join(
        b"\0" + bytes(nearest[pixel] for pixel in pixels[row * width:(row + 1) * width]) for row in range(height))
    with open(path, "wb") as file:
        file.write(png[:8])
        for kind, content in (
                (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
                (b"PLTE", b"".join(map(bytes, palette))), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")):
            file.write(struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content)))
