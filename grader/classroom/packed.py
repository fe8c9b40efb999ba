"""What gzip, bzip2 or xz has packed, as a stream, in bounded memory and time. It knows no tar."""

import bz2
import io
import lzma
import zlib

from grader.classroom.entries import MB, PIECE

STREAMS = 100_000  # packed one behind the other; pbzip2 makes one of 0.9 MB
XZ_MEMORY = 100 * MB  # `xz -9` needs 65 MB to be unpacked; a header can ask for 4 GB


class Gzip:
    """zlib's decoder with the interface that those of bz2 and lzma have."""

    def __init__(self):
        self._decoder = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)  # with gzip's header and sum

    def decompress(self, packed, most):
        return self._decoder.decompress(self._decoder.unconsumed_tail + packed, most)

    @property
    def needs_input(self):
        return not self._decoder.unconsumed_tail

    @property
    def eof(self):
        return self._decoder.eof

    @property
    def unused_data(self):
        return self._decoder.unused_data


DECODERS = {
    b"\x1f\x8b": Gzip,
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ\0": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY),
}


def decoder_for(start):
    """What makes a decoder for a file that begins so, or None."""
    return next((decoder for magic, decoder in DECODERS.items() if start.startswith(magic)), None)


class Unpacked(io.RawIOBase):
    """What is in a packed file, in bounded memory and time.

    GzipFile reads a header byte by byte, LZMAFile takes what memory the file asks for, and none of them
    minds a million empty streams.
    """

    def __init__(self, file, decoder):
        self._file, self._new = file, decoder
        self._decoder, self._rest, self._streams = decoder(), b"", 0

    def readable(self):
        return True

    def readinto(self, buffer):
        data = b""
        while not data:
            if self._decoder.eof and not self._next():
                return 0
            packed = self._packed()
            data = self._decoder.decompress(packed, len(buffer))
            if not (data or packed or self._decoder.eof):
                raise EOFError
        buffer[: len(data)] = data
        return len(data)

    def _packed(self):
        rest, self._rest = self._rest, b""
        return rest or (self._file.read(PIECE) if self._decoder.needs_input else b"")

    def _next(self):
        """Whether another stream follows, as of programs that pack with several threads; zeros may fill."""
        rest = self._decoder.unused_data.lstrip(b"\0")
        while not rest:
            if not (more := self._file.read(PIECE)):
                return False
            rest = more.lstrip(b"\0")
        self._streams += 1
        if self._streams > STREAMS:
            raise ValueError
        self._decoder, self._rest = self._new(), rest
        return True
