"""Takes the builder's own folders out of where libraries look for others: search_paths.py FOLDER

A Python that was compiled in a home folder writes that folder into everything that belongs to it (RUNPATH). On another
computer somebody else could put a library there. The entry is taken out; what begins with $ORIGIN stays.
"""

import struct
import sys
from pathlib import Path

from libraries import programs

DYNAMIC = 2  # type of the program header that says where the table of the dynamic linker is
NULL, STRTAB, RPATH, RUNPATH = 0, 5, 15, 29  # tags in that table
LOAD = 1


def cleaned(image: bytes) -> bytes:
    """The same 64-bit little-endian ELF file without an absolute search path; as it is where it has none."""
    if image[:6] != b"\x7fELF\x02\x01":
        return image
    begin, (size, count) = struct.unpack_from("<Q", image, 32)[0], struct.unpack_from("<HH", image, 54)
    headers = [struct.unpack_from("<IIQQQQ", image, begin + size * each) for each in range(count)]
    entries: list[tuple[int, int]] = []
    place = length = 0
    for kind, _, offset, _, _, filled in headers:
        if kind == DYNAMIC:
            place, length = offset, filled
            entries = list(struct.iter_unpack("<qQ", image[offset : offset + filled]))
    names = next((value for tag, value in entries if tag == STRTAB), 0)
    start = next(
        (offset + names - address for kind, _, offset, address, _, filled in headers
         if kind == LOAD and address <= names < address + filled), 0,
    )  # fmt: skip

    def stays(tag: int, value: int) -> bool:
        return tag not in (RPATH, RUNPATH) or image[start + value : start + value + 1] != b"/"

    kept = b"".join(struct.pack("<qQ", *entry) for entry in entries if stays(*entry))
    return image[:place] + kept.ljust(length, b"\0") + image[place + length :]


def main() -> None:
    for path in programs(Path(sys.argv[1])):
        before = path.read_bytes()
        after = cleaned(before)
        if after != before:
            path.write_bytes(after)


if __name__ == "__main__":
    main()
