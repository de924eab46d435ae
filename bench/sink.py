"""A mail server that takes everything, counts it, and waits before it says so: python bench/sink.py PORT MS

A raw asyncio protocol: it must not be what is measured. One line on stdin asks for the counts as JSON.
"""

import asyncio
import json
import sys


class Sink(asyncio.Protocol):
    taken = size = connections = 0
    wait = 0.0

    def connection_made(self, transport) -> None:
        self.transport, self.buffer, self.data = transport, bytearray(), False
        Sink.connections += 1
        transport.write(b"220 sink\r\n")

    def data_received(self, more: bytes) -> None:
        self.buffer += more
        while True:
            end = self.buffer.find(b"\r\n.\r\n") if self.data else self.buffer.find(b"\r\n")
            if end < 0:
                return
            if self.data:
                Sink.taken += 1
                Sink.size += end
                del self.buffer[: end + 5]
                self.data = False
                asyncio.get_running_loop().call_later(Sink.wait, self.say, b"250 2.0.0 taken\r\n")
                continue
            word = bytes(self.buffer[:4]).upper()
            del self.buffer[: end + 2]
            if word == b"DATA":
                self.data = True
                self.say(b"354 go\r\n")
            elif word == b"EHLO":
                self.say(b"250-sink\r\n250-SIZE 10000000\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n")
            elif word == b"QUIT":
                self.say(b"221 bye\r\n")
                self.transport.close()
            else:
                self.say(b"250 ok\r\n")

    def say(self, words: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(words)


async def main(port: int, milliseconds: float) -> None:
    loop = asyncio.get_running_loop()
    Sink.wait = milliseconds / 1000
    server = await loop.create_server(Sink, "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(
            json.dumps({"taken": Sink.taken, "bytes": Sink.size, "connections": Sink.connections}), flush=True
        )
        Sink.taken = Sink.size = Sink.connections = 0


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
