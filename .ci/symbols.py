"""Owns: what symbols (a portable PDB) tell about sources. Source: "Portable PDB v1.0: Format Specification" of dotnet/runtime."""
import json
import struct
import uuid

SOURCE_LINK = uuid.UUID("CC110556-A091-4D38-9FEC-25AB9A351A6A")
EMBEDDED_SOURCE = uuid.UUID("0E8A571B-6926-466E-B4AD-8AB04611F5FE")
METHOD, DOCUMENT, DEBUG, SCOPE, VARIABLE, CONSTANT, IMPORTS, STATE_MACHINE, CUSTOM = 0x06, *range(0x30, 0x38)
# The tables that custom debug information can belong to, in the order of their tags.
PARENTS = (
    METHOD, 0x04, 0x01, 0x02, 0x08, 0x09, 0x0A, 0x00, 0x0E, 0x17, 0x14, 0x11, 0x1A, 0x1B, 0x20, 0x23, 0x26, 0x27, 0x28, 0x2A, 0x2C, 0x2B,
    DOCUMENT, SCOPE, VARIABLE, CONSTANT, IMPORTS,
)
PARENT_BITS = 5


class Symbols:
    """links: the patterns of paths and the addresses of SourceLink. documents: the sources by path, each with its hash, which is SHA-256. embedded: the
    paths of those that the file contains."""

    def __init__(self, pdb):
        streams = self.read_streams(pdb)
        self.blobs, self.guids = streams["#Blob"], streams["#GUID"]
        rows = self.read_counts(streams["#Pdb"], 24, 32)
        tables = streams["#~"]
        rows |= self.read_counts(tables, 8, 24)
        heaps = tables[6]
        string, guid, blob = (4 if heaps & bit else 2 for bit in (1, 2, 4))
        index = lambda table: 4 if rows.get(table, 0) > 0xFFFF else 2
        parent = 4 if max(rows.get(table, 0) for table in PARENTS) >= 1 << (16 - PARENT_BITS) else 2
        columns = {
            DOCUMENT: (blob, guid, blob, guid), DEBUG: (index(DOCUMENT), blob),
            SCOPE: (index(METHOD), index(IMPORTS), index(VARIABLE), index(CONSTANT), 4, 4), VARIABLE: (2, 2, string),
            CONSTANT: (string, blob), IMPORTS: (index(IMPORTS), blob), STATE_MACHINE: (index(METHOD), index(METHOD)),
            CUSTOM: (parent, guid, blob),
        }
        at = 24 + 4 * bin(struct.unpack_from("<Q", tables, 8)[0]).count("1")
        read = {}
        for table, sizes in columns.items():
            read[table] = []
            for _ in range(rows.get(table, 0)):
                ends = [at + sum(sizes[:i]) for i in range(len(sizes) + 1)]
                read[table].append([int.from_bytes(tables[start:end], "little") for start, end in zip(ends, ends[1:])])
                at = ends[-1]
        names = [self.name(row[0]) for row in read[DOCUMENT]]
        self.documents = {name: self.blob(row[2]).hex() for name, row in zip(names, read[DOCUMENT])}
        self.links, self.embedded = {}, set()
        for owner, kind, value in read[CUSTOM]:
            if self.guid(kind) == SOURCE_LINK:
                self.links = json.loads(self.blob(value))["documents"]
            elif self.guid(kind) == EMBEDDED_SOURCE and PARENTS[owner & (1 << PARENT_BITS) - 1] == DOCUMENT:
                self.embedded.add(names[(owner >> PARENT_BITS) - 1])

    @staticmethod
    def read_streams(pdb):
        length = struct.unpack_from("<I", pdb, 12)[0]
        streams, at = {}, 16 + length + 4
        for _ in range(struct.unpack_from("<H", pdb, 16 + length + 2)[0]):
            offset, size = struct.unpack_from("<II", pdb, at)
            end = pdb.index(b"\0", at + 8)
            streams[pdb[at + 8:end].decode()] = pdb[offset:offset + size]
            at += 8 + (end - at - 8 + 4) // 4 * 4
        return streams

    @staticmethod
    def read_counts(stream, mask, start):
        present = struct.unpack_from("<Q", stream, mask)[0]
        tables = [table for table in range(64) if present >> table & 1]
        return dict(zip(tables, struct.unpack_from(f"<{len(tables)}I", stream, start)))

    @staticmethod
    def compressed(data, at):
        first = data[at]
        if first < 0x80:
            return first, at + 1
        if first < 0xC0:
            return (first & 0x3F) << 8 | data[at + 1], at + 2
        return int.from_bytes(data[at:at + 4], "big") & 0x1FFFFFFF, at + 4

    def blob(self, index):
        length, start = self.compressed(self.blobs, index)
        return self.blobs[start:start + length]

    def guid(self, index):
        return uuid.UUID(bytes_le=bytes(self.guids[16 * index - 16:16 * index])) if index else None

    def name(self, index):
        data, parts, at = self.blob(index), [], 1
        while at < len(data):
            part, at = self.compressed(data, at)
            parts.append(self.blob(part).decode())
        return data[:1].decode().join(parts)
