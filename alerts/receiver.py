"""What receives mail has in common: a listening socket of its own, open while a block runs."""

import socket
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller


class Server(Controller):
    """Listens on a socket that is bound beforehand, so that port 0 means any free one."""

    def __init__(self, handler: Any, listening: socket.socket, **options: Any) -> None:
        self.listening = listening
        host, port = listening.getsockname()[:2]
        super().__init__(handler, hostname=host, port=port, **options)

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self.listening)


class Receiver:
    """Takes mail on `host` and `port` until the block ends; what is taken, its `server` decides."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self._server: Server | None = None

    def server(self, listening: socket.socket) -> Server:
        """The server for a bound socket."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        """Start to listen. Raises OSError when the port is taken."""
        listening = socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((self.host, self.port))
        except OSError:
            listening.close()
            raise
        self.host, self.port = listening.getsockname()[:2]
        self._server = self.server(listening)
        self._server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        if self._server is not None:
            self._server.stop()
