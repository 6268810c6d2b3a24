"""Mail over SMTP: Camunda 7's mail task (`camunda:type="mail"`, told by fields) and its `mail-send` connector.

One message per job. Every try of a job sends the same Message-ID and Idempotency-Key, so that a server or reader which
knows them sees one message.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import formatdate, getaddresses
from urllib.parse import unquote, urlsplit

from connectors.base import Json, Permanent, Request, Result, Retryable

KEY_HEADER = "Idempotency-Key"
_TIMEOUT_SECONDS = 30.0
_OWN_NAME = "localhost"  # said in the greeting; smtplib would ask the name service for it
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}

Connect = Callable[["MailServer"], AbstractContextManager[smtplib.SMTP]]


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in. `scheme` is smtp, smtp+starttls or smtps."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = ""

    @classmethod
    def of(cls, url: str) -> MailServer:
        """From `smtp[s]://USER:PASSWORD@HOST:PORT` or `smtp+starttls://...`. Raises Permanent for anything else."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            known = ", ".join(f"{scheme}://" for scheme in _PORTS)
            text = f"The mail server must be an address that begins with one of {known}. Correct BATON_MAIL_URL."
            raise Permanent(text, code="MAIL_SERVER_INVALID")
        port = parts.port or _PORTS[parts.scheme]
        return cls(parts.scheme, parts.hostname, port, unquote(parts.username or ""), unquote(parts.password or ""))


class Mailer:
    """The connector of the job types `mail` and `mail-send`.

    Inputs: to, cc, bcc (one text with commas, or a list), from, fromAlias, subject, text, html. The mail task has them
    as fields, which come as headers; the connector as variables. Fields of Activiti and Flowable are textVar, htmlVar,
    ignoreException and exceptionVariableName, too. Raises Permanent for what cannot be sent like this, Retryable while
    the server cannot be reached or asks for patience.
    """

    def __init__(self, url: str = "", sender: str = "", connect: Connect | None = None) -> None:
        self._url = url
        self._sender = sender
        self._connect = connect or _connect

    def __call__(self, request: Request) -> Result:
        try:
            self._mail(request)
        except (Permanent, Retryable) as problem:
            if request.type != "mail" or request.headers.get("ignoreException", "").lower() != "true":
                raise
            name = request.headers.get("exceptionVariableName")
            return Result(variables={name: str(problem)} if name else {})
        return Result()

    def _mail(self, request: Request) -> None:
        if not self._url:
            text = "No mail server is set. Set BATON_MAIL_URL, such as smtp+starttls://USER:PASSWORD@HOST."
            raise Permanent(text, code="MAIL_SERVER_MISSING")
        server = MailServer.of(self._url)
        given = _fields(request) if request.type == "mail" else request.variables
        message, receivers = _message(given, self._sender, request.idempotency_key)
        self._send(server, message, receivers)

    def _send(self, server: MailServer, message: EmailMessage, receivers: list[str]) -> None:
        try:
            with self._connect(server) as smtp:
                smtp.send_message(message, to_addrs=receivers)
        except smtplib.SMTPRecipientsRefused as problem:
            refused = ", ".join(sorted(problem.recipients))[:200]
            codes = [code for code, _ in problem.recipients.values()]
            raise _refusal(max(codes), f"The mail server refuses the receivers: {refused}.") from None
        except smtplib.SMTPResponseException as problem:
            raise _refusal(problem.smtp_code, f"The mail server answered {problem.smtp_code}.") from None
        except (smtplib.SMTPException, OSError) as problem:
            text = f"The mail server {server.host}:{server.port} cannot be used ({type(problem).__name__})."
            raise Retryable(text, code="MAIL_SERVER_UNREACHABLE") from None


def _connect(server: MailServer) -> AbstractContextManager[smtplib.SMTP]:
    if server.scheme == "smtps":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, _OWN_NAME, timeout=_TIMEOUT_SECONDS, context=ssl.create_default_context()
        )
    else:
        smtp = smtplib.SMTP(server.host, server.port, _OWN_NAME, timeout=_TIMEOUT_SECONDS)
    if server.scheme == "smtp+starttls":
        smtp.starttls(context=ssl.create_default_context())
    if server.user:
        smtp.login(server.user, server.password)
    return smtp


def _message(given: Mapping[str, Json], sender: str, key: str) -> tuple[EmailMessage, list[str]]:
    receivers = {name: _addresses(given.get(name), name) for name in ("to", "cc", "bcc")}
    if not any(receivers.values()):
        raise Permanent("The mail has no receiver. Fill in 'to'.", code="INPUT_INVALID")
    message = EmailMessage()
    try:
        message["From"] = _sender(given, sender)
        for name in ("to", "cc"):
            if receivers[name]:
                message[name.capitalize()] = ", ".join(receivers[name])
        message["Subject"] = _text(given.get("subject"))
        message["Date"] = formatdate()
        message["Message-ID"] = f"<{key}@baton>"
        message[KEY_HEADER] = key
        _fill(message, _text(given.get("text")), _text(given.get("html")))
    except (ValueError, MessageError) as problem:
        raise Permanent(f"The mail cannot be written: {problem}", code="INPUT_INVALID") from None
    return message, [address for name in receivers for address in receivers[name]]


def _fields(request: Request) -> Mapping[str, Json]:
    """The fields of a mail task; textVar and htmlVar of Activiti and Flowable name the variables with the words."""
    named = {"text": request.headers.get("textVar"), "html": request.headers.get("htmlVar")}
    found = {name: request.variables.get(variable) for name, variable in named.items() if variable}
    return {**request.headers, **found}


def _fill(message: EmailMessage, text: str, html: str) -> None:
    if text or not html:
        message.set_content(text)
    if html:
        (message.add_alternative if text else message.set_content)(html, subtype="html")


def _sender(given: Mapping[str, Json], sender: str) -> str:
    address = _text(given.get("from")) or sender
    if not address:
        raise Permanent("The mail has no sender. Fill in 'from', or set BATON_MAIL_FROM.", code="INPUT_INVALID")
    alias = _text(given.get("fromAlias"))
    return f'"{alias}" <{address}>' if alias else address


def _addresses(value: Json, name: str) -> list[str]:
    parts = value if isinstance(value, list) else [_text(value)]
    found = [address for _, address in getaddresses([str(part) for part in parts]) if address]
    wrong = [address for address in found if "@" not in address]
    if wrong:
        raise Permanent(f"'{wrong[0][:100]}' in '{name}' is no mail address.", code="INPUT_INVALID")
    return found


def _text(value: Json) -> str:
    return "" if value is None else str(value)


def _refusal(code: int, text: str) -> Exception:
    if 400 <= code < 500:
        return Retryable(f"{text} It may take the mail later.", code=str(code))
    return Permanent(text, code=str(code), is_refusal=True)
