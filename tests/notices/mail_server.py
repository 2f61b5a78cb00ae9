"""A mail server of a few commands (RFC 5321), on a thread of its own: keeps what it took over."""

import socketserver
import threading
from dataclasses import dataclass, field
from types import TracebackType


@dataclass
class Mailbox:
    """What arrived, and how the server is to answer."""

    letters: list[str] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    # Address → reply to RCPT TO, such as ``550 no such user``.
    refuses: dict[str, str] = field(default_factory=dict)


class MailServer(socketserver.ThreadingTCPServer):
    """Listens on a free port of this machine while the block lasts."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.mailbox = Mailbox()
        self.port: int = self.server_address[1]
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    def __enter__(self) -> "MailServer":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self._say("220 test ESMTP")
        while line := self.rfile.readline():
            words = line.decode().strip()
            verb = words.upper()[:4]
            if verb == "RCPT":
                self._recipient(words)
            elif verb == "DATA":
                self._take_over()
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 OK")

    def _recipient(self, words: str) -> None:
        address = words.partition("<")[2].partition(">")[0]
        self._say(self.server.mailbox.refuses.get(address, "250 OK"))
        if address not in self.server.mailbox.refuses:
            self.server.mailbox.recipients.append(address)

    def _take_over(self) -> None:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.decode())
        self.server.mailbox.letters.append("".join(lines))
        self._say("250 taken over")

    def _say(self, reply: str) -> None:
        self.wfile.write(reply.encode() + b"\r\n")
