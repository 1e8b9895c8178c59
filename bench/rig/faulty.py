"""A backend that falls ill on command: the line protocol is on standard input, one word a line."""

import asyncio
import itertools
import os
import signal
import socket
import struct
import sys

BODY = b"x" * 200
OK = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY
HEAD_LENGTH = len(OK) - len(BODY)
ERROR = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
USUAL_SECONDS = 0.005


class Backend:
    """One port. Ill modes: refuse, hang, reset-in-head, reset-in-body, errors, slow, flapping."""

    def __init__(self, port):
        self.port = port
        self.mode = "well"
        self.server = None
        self.writers = set()
        self.requests = itertools.count(1)
        self.flapping = None

    async def listen(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", self.port, backlog=128)

    def refuse(self):
        """As if the process had died: no listener, and its connections are reset."""
        if self.server is not None:
            self.server.close()
            self.server = None
        for writer in list(self.writers):
            self.reset(writer)

    @staticmethod
    def reset(writer):
        sock = writer.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.close()

    async def serve(self, reader, writer):
        self.writers.add(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if head and not await self.answer(writer):
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            self.writers.discard(writer)
            writer.close()

    async def answer(self, writer):
        number = next(self.requests)
        await asyncio.sleep(USUAL_SECONDS * (10 if self.mode == "slow" else 1))
        if self.mode == "hang":
            await asyncio.sleep(3600)
        if self.mode == "reset-in-head":
            # in turns before the answer's first byte and in the middle of its head
            return await self.break_off(writer, OK[: HEAD_LENGTH // 2] if number % 2 else b"")
        if self.mode == "reset-in-body":
            return await self.break_off(writer, OK[: HEAD_LENGTH + len(BODY) // 2])
        writer.write(ERROR if self.mode == "errors" and number % 20 == 0 else OK)
        await writer.drain()
        return True

    async def break_off(self, writer, sent):
        """Sends no more than this and resets the connection; False: it serves no more."""
        writer.write(sent)
        await writer.drain()
        self.reset(writer)
        return False

    async def flap(self):
        """Half a second gone, half a second there."""
        while True:
            self.refuse()
            await asyncio.sleep(0.5)
            await self.listen()
            await asyncio.sleep(0.5)

    async def become(self, mode):
        if self.flapping is not None:
            self.flapping.cancel()
            self.flapping = None
        self.mode = mode
        if mode == "refuse":
            self.refuse()
        elif mode == "flapping":
            self.flapping = asyncio.create_task(self.flap())
        elif self.server is None:
            await self.listen()
        print(mode, flush=True)


async def main():
    backend = Backend(int(sys.argv[1]))
    await backend.listen()
    print("listening", flush=True)
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        await backend.become(line.decode().strip())


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it ends it
    asyncio.run(main())
    os._exit(0)
