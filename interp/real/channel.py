"""A channel: messages over a socket, between the coordinator and one worker.

A message is a head of eight bytes, the length, and so many bytes. The two ends are different on purpose:

- A **worker** does one thing at a time. It sends a whole message and, where it needs an answer, waits for one
  (`WorkerEnd`). That is an operating system's call like any other; while it waits, it uses no core.
- The **coordinator** has many workers and may wait for none of them (`CoordinatorEnd`). It takes what has arrived,
  perhaps half a message, and sends what there is room for, perhaps half an answer; the rest stays here. So a worker
  that is stopped in the middle of a message holds up nobody else, and no pipe is ever full: the coordinator always
  reads, so a worker that writes always gets on, however large the value.

A message may bring along a socket, which is how the coordinator gets its end of the channel to a process that a
worker has forked (`SCM_RIGHTS` of Unix). `multiprocessing` does the same in `multiprocessing/reduction.py` (3.13).

When one end is closed, by its process or by that process's death, the other end sees the end of the stream:
`ChannelClosed`. Nothing else is needed to notice that the coordinator or a worker is gone.
"""

from __future__ import annotations

import select
import socket
from collections import deque

HEAD = 8

AT_ONCE = 1 << 18
"""Bytes that are read at a time."""

MOST_SOCKETS = 4
"""Sockets that may come along with what is read at a time: a worker sends one and then waits."""


class ChannelClosed(BaseException):
    """The other end is closed; no `Exception`, so that no toy program ever takes it for one of its own."""


def framed(data: bytes) -> bytes:
    """Return a message as it goes over the wire."""
    return len(data).to_bytes(HEAD, "big") + data


class Frames:
    """Puts messages together again out of the pieces in which they arrive."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.size = 0

    def add(self, piece: bytes) -> None:
        """Take in what has arrived."""
        self.pieces.append(piece)
        self.size += len(piece)

    def next(self) -> bytes | None:
        """Return the next whole message, None if there is none yet."""
        if self.size < HEAD:
            return None
        if len(self.pieces[0]) < HEAD:
            self.pieces = [b"".join(self.pieces)]
        length = HEAD + int.from_bytes(self.pieces[0][:HEAD], "big")
        if self.size < length:
            return None
        data = b"".join(self.pieces) if len(self.pieces) > 1 else self.pieces[0]
        self.pieces = [data[length:]] if len(data) > length else []
        self.size -= length
        return data[HEAD:length]


class WorkerEnd:
    """The worker's end: sends whole messages and waits for answers."""

    def __init__(self, end: socket.socket) -> None:
        self.end = end
        self.frames = Frames()
        end.setblocking(True)

    def send(self, data: bytes, along: socket.socket | None = None) -> None:
        """Send a message, and perhaps a socket with it; raises `ChannelClosed`."""
        message = framed(data)
        try:
            if along is not None:
                sent = socket.send_fds(self.end, [message], [along.fileno()])
                message = message[sent:]
            self.end.sendall(message)
        except OSError as error:
            raise ChannelClosed from error

    def receive(self, seconds: float | None = None) -> bytes | None:
        """Wait for a message, at most so long if that is given; returns None then. Raises `ChannelClosed`."""
        while True:
            message = self.frames.next()
            if message is not None:
                return message
            if seconds is not None and not self.has_news(seconds):
                return None
            try:
                piece = self.end.recv(AT_ONCE)
            except OSError as error:
                raise ChannelClosed from error
            if not piece:
                raise ChannelClosed
            self.frames.add(piece)

    def has_news(self, seconds: float) -> bool:
        """Whether anything arrives within some seconds, be it the end of the stream."""
        return bool(select.select([self.end], [], [], seconds)[0])

    def close(self) -> None:
        """Close this end."""
        self.end.close()


class CoordinatorEnd:
    """The coordinator's end: never waits."""

    def __init__(self, end: socket.socket) -> None:
        self.end = end
        self.frames = Frames()
        self.sockets: deque[socket.socket] = deque()
        self.unsent = bytearray()
        self.closed = False
        end.setblocking(False)

    def take(self) -> bool:
        """Take in what has arrived; returns whether there may be more. Notes the end of the stream in `closed`."""
        try:
            piece = self._read()
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            piece = b""
        if not piece:
            self.closed = True
            return False
        self.frames.add(piece)
        return len(piece) == AT_ONCE

    def _read(self) -> bytes:
        if not hasattr(socket, "recv_fds"):
            return self.end.recv(AT_ONCE)
        flags = getattr(socket, "MSG_CMSG_CLOEXEC", 0)
        piece, numbers, _, _ = socket.recv_fds(self.end, AT_ONCE, MOST_SOCKETS, flags)
        for number in numbers:
            arrived = socket.socket(fileno=number)
            arrived.set_inheritable(False)
            self.sockets.append(arrived)
        return piece

    def send(self, data: bytes) -> None:
        """Send a message as far as there is room; what is left goes out in `send_more`."""
        self.unsent += framed(data)
        self.send_more()

    def send_more(self) -> None:
        """Send of what is left as much as there is room for."""
        try:
            while self.unsent:
                sent = self.end.send(memoryview(self.unsent)[:AT_ONCE])
                del self.unsent[:sent]
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:  # its process is gone, which reading will show
            self.unsent.clear()

    def close(self) -> None:
        """Close this end, and sockets that arrived and were never asked for."""
        self.end.close()
        while self.sockets:
            self.sockets.popleft().close()
