"""E-mail, by the mail server that the installation names."""

import smtplib
import ssl
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from timebank.notices.transports.failures import Refused, Unreached
from timebank.notices.wording import Letter
from timebank.settings import Settings

CHANNEL = "email"
TIMEOUT_SECONDS = 30
_FOR_GOOD = 500


def transport(settings: Settings) -> "SmtpTransport | None":
    """The mail server of the settings, or None where none is named."""
    return SmtpTransport(settings) if settings.smtp_host else None


class SmtpTransport:
    """One connection for each letter: there are few, and a broken one spoils no other."""

    channel = CHANNEL

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def send(self, letter: Letter) -> None:
        """Hand ``letter`` to the mail server; raises ``Unreached`` or ``Refused``."""
        message = composed(letter, sender=self._settings.mail_from)
        try:
            server = self._connected()
        except (OSError, smtplib.SMTPException) as error:
            raise Unreached(_said(error)) from error
        try:
            server.send_message(message)
        except smtplib.SMTPServerDisconnected as error:
            raise Unreached(_said(error)) from error
        except smtplib.SMTPRecipientsRefused as error:
            code, reply = next(iter(error.recipients.values()))
            raise Refused(_reply(code, reply), for_good=code >= _FOR_GOOD) from error
        except smtplib.SMTPResponseException as error:
            raise Refused(
                _reply(error.smtp_code, error.smtp_error), for_good=error.smtp_code >= _FOR_GOOD
            ) from error
        except OSError as error:
            raise Unreached(_said(error)) from error
        finally:
            # The letter was taken over when DATA was answered; how the server says goodbye changes nothing.
            with suppress(OSError, smtplib.SMTPException):
                server.quit()

    def _connected(self) -> smtplib.SMTP:
        settings, context = self._settings, ssl.create_default_context()
        server: smtplib.SMTP
        if settings.smtp_security == "tls":
            server = smtplib.SMTP_SSL(
                settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_SECONDS, context=context
            )
        else:
            server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_SECONDS)
        try:
            if settings.smtp_security == "starttls":
                server.starttls(context=context)
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password)
        except BaseException:
            server.close()
            raise
        return server


def composed(letter: Letter, *, sender: str) -> EmailMessage:
    """``letter`` as a message of plain text. Its Message-ID is the same for every try (RFC 5322, 3.6.4)."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = letter.subject
    message["From"] = sender
    message["To"] = Address(addr_spec=letter.address)
    message["Date"] = format_datetime(letter.written_at)
    message["Message-ID"] = f"<{letter.message_id}>"
    # Nobody's holiday answer is wanted (RFC 3834, 5).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body)
    return message


def _reply(code: int, reply: bytes | str) -> str:
    words = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return f"{code} {words}"


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
