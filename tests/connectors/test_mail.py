"""Mail against a server of our own that speaks just enough SMTP."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any

import pytest

from connectors.base import Permanent, Retryable
from connectors.mail import Mailer, MailServer
from tests.support.books import request

Inputs = dict[str, Any]
WHO = {"to": "ada@example.org", "from": "baton@example.org", "subject": "Grüße", "text": "Hallo, wörld"}


class Post(StreamRequestHandler):
    """Takes mail; refuses receivers whose name is a status code."""

    def handle(self) -> None:
        self.say("220 here")
        while line := self.rfile.readline().decode().strip():
            verb = line.partition(" ")[0].upper()
            if verb == "DATA":
                self.say("354 go on")
                self.server.mails.append((self.receivers, self.read()))  # type: ignore[attr-defined]
                self.say("250 taken")
            elif verb == "RCPT":
                self.receive(line.partition("<")[2].partition(">")[0])
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.receivers: list[str] = []
                self.say("250 fine")

    def receive(self, address: str) -> None:
        name = address.partition("@")[0]
        if name.isdigit():
            self.say(f"{name} no")
        else:
            self.receivers.append(address)
            self.say("250 fine")

    def read(self) -> EmailMessage:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        return email.message_from_bytes(b"".join(lines), policy=email.policy.default)  # type: ignore[return-value]

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def post() -> Iterator[Any]:
    server = ThreadingTCPServer(("127.0.0.1", 0), Post)
    server.daemon_threads = True
    server.mails = []  # type: ignore[attr-defined]
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def _mailer(post: Any, sender: str = "") -> Mailer:
    return Mailer(f"smtp://127.0.0.1:{post.server_address[1]}", sender)


def test_the_connectors_inputs_become_a_message(post: Any) -> None:
    _mailer(post)(request(WHO | {"cc": ["otto@example.org"], "bcc": "eve@example.org"}, type="mail-send"))
    [(receivers, message)] = post.mails
    assert receivers == ["ada@example.org", "otto@example.org", "eve@example.org"]
    assert (message["To"], message["Cc"], message["Bcc"]) == ("ada@example.org", "otto@example.org", None)
    assert (message["Subject"], message["From"]) == ("Grüße", "baton@example.org")
    assert message.get_content().strip() == "Hallo, wörld"


def test_the_words_may_be_in_variables(post: Any) -> None:
    fields = {"to": "ada@example.org", "textVar": "words", "htmlVar": "page"}
    given = request({"words": "plain", "page": "<b>rich</b>"}, type="mail", headers=fields)
    _mailer(post, "house@example.org")(given)
    [(_, message)] = post.mails
    parts = [part.get_content().strip() for part in message.walk() if not part.is_multipart()]
    assert parts == ["plain", "<b>rich</b>"]


@pytest.mark.parametrize(("name", "variables"), [("why", {"why": "The mail has no receiver. Fill in 'to'."}), ("", {})])
def test_a_failure_may_be_a_variable_instead(post: Any, name: str, variables: dict[str, str]) -> None:
    fields = {"ignoreException": "true", "exceptionVariableName": name}
    result = _mailer(post, "house@example.org")(request({}, type="mail", headers=fields))
    assert (result.variables, post.mails) == (variables, [])


def test_every_try_of_a_job_carries_the_same_identity(post: Any) -> None:
    for _ in range(2):
        _mailer(post)(request(WHO, type="mail-send"))
    (_, first), (_, second) = post.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Idempotency-Key"] in first["Message-ID"]


def test_the_mail_tasks_fields_come_as_headers_and_html_stands_beside_the_text(post: Any) -> None:
    fields = {"to": "ada@example.org, otto@example.org", "subject": "Both", "text": "plain", "html": "<b>rich</b>"}
    _mailer(post, "house@example.org")(request({"to": "nobody@example.org"}, type="mail", headers=fields))
    [(receivers, message)] = post.mails
    assert receivers == ["ada@example.org", "otto@example.org"]
    assert message["From"] == "house@example.org"
    kinds = [part.get_content_type() for part in message.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html"]


@pytest.mark.parametrize(("name", "kind"), [("450", Retryable), ("550", Permanent)])
def test_a_refusal_is_final_or_not_as_the_server_says(post: Any, name: str, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="refuses"):
        _mailer(post)(request(WHO | {"to": f"{name}@example.org"}, type="mail-send"))


def test_a_server_that_is_away_is_tried_again(post: Any) -> None:
    post.shutdown()
    post.server_close()
    with pytest.raises(Retryable, match="cannot be used"):
        _mailer(post)(request(WHO, type="mail-send"))


@pytest.mark.parametrize(
    ("inputs", "says"),
    [
        ({"to": ""}, "no receiver"),
        ({"to": "ada"}, "no mail address"),
        ({"from": ""}, "no sender"),
        ({"subject": "two\nlines"}, "cannot be written"),
    ],
)
def test_what_cannot_be_sent_is_refused_before_anything_leaves(post: Any, inputs: Inputs, says: str) -> None:
    with pytest.raises(Permanent, match=says):
        _mailer(post)(request(WHO | inputs, type="mail-send"))
    assert post.mails == []


def test_without_a_server_the_way_out_is_named() -> None:
    with pytest.raises(Permanent, match="BATON_MAIL_URL"):
        Mailer()(request(WHO, type="mail-send"))
    with pytest.raises(Permanent, match="smtps://"):
        MailServer.of("http://example.org")


def test_an_address_names_user_port_and_protection() -> None:
    assert MailServer.of("smtp+starttls://a%40b:p%3Aw@mail.example.org") == MailServer(
        "smtp+starttls", "mail.example.org", 587, "a@b", "p:w"
    )
