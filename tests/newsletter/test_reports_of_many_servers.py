"""Reports as servers of many makes write them, and in many languages: who, and for good?

Written down from what is known of the formats; none of it is anybody's mail.
"""

from __future__ import annotations

import base64

import pytest
from django.test import Client

from newsletter.bounces import read
from newsletter.mailbox.arrivals import take
from newsletter.models import BounceEvent, Suppression

from .readers import subscribed

FIELDS = (
    "Reporting-MTA: dns; mx.test\n\nFinal-Recipient: rfc822; {who}\nAction: failed\nStatus: 5.1.1\n"
)
RETURNED = ("message/rfc822", "From: letters@site.test\nTo: other@site.test\n\n550 user unknown\n")


def mail(body: str, *, subject: str = "failure notice", more: str = "",
         sender: str = "MAILER-DAEMON@mx.test", back: str = "<>") -> bytes:  # fmt: skip
    return (
        f"Return-Path: {back}\nFrom: {sender}\nTo: letters@site.test\nSubject: {subject}\n{more}\n"
        f"{body}"
    ).encode()


def parts(*pairs: tuple[str, str], kind: str = "multipart/report") -> bytes:
    body = "".join(f"--b\nContent-Type: {head}\n\n{text}\n" for head, text in pairs)
    return mail(f"{body}--b--\n", more=f'MIME-Version: 1.0\nContent-Type: {kind}; boundary="b"\n')


def kinds_in(raw: bytes) -> dict[str, str]:
    return {one.recipient: one.kind for one in read(raw)}


PLAIN = {
    "Apache James": """
        I'm afraid I wasn't able to deliver your message to the following addresses.

        Failed recipient(s):
        ann@reader.test

        Error message:
        550 5.1.1 <ann@reader.test>... User unknown

        Message details:
          MAIL FROM: letters@site.test
          RCPT TO: ann@reader.test
        """,
    "GroupWise": """
        The attached file had the following undeliverable recipient(s):
        \tann@reader.test

        Transcript of session follows:
          Command: RCPT...
        \tResponse: 550 5.1.1 User unknown
        """,
    "MDaemon": """
        The attached message had PERMANENT fatal delivery errors!

        Failed address: ann@reader.test

        --- Session Transcript ---
         --> MAIL From:<letters@site.test>
         <-- 250 OK
         --> RCPT To:<ann@reader.test>
         <-- 550 5.1.1 <ann@reader.test>: Recipient address rejected: User unknown
        """,
    "IMail": """
        Invalid final delivery userid: ann@reader.test

        Original message follows.
        """,
    "Exim": """
        This is a permanent error. The following address(es) failed:

          ann@reader.test
            host mx.reader.test [192.0.2.1]
            SMTP error from remote mail server after RCPT TO:<ann@reader.test>:
            550 No Such User Here
        """,
    "InterScan": """
        Sent <<< RCPT TO:<ann@reader.test>
        Received >>> 550 5.1.1 <ann@reader.test>... user unknown
        """,
    "Exchange 5.5": """
        did not reach the following recipient(s):

        ann@reader.test on Thu, 29 Apr 2010 18:14:37 -0500
            The recipient name is not recognized
            MSEXCH:IMS:X:SITE:SRV 0 (000C05A6) Unknown Recipient
        """,
    "a server of no known make": """
        We are sorry.

        <ann@reader.test>: 550 5.1.1 Gone
        """,
}


@pytest.mark.parametrize("make", PLAIN)
def test_it_reads_what_this_make_of_server_writes_for_people(make: str) -> None:
    lines = (line.removeprefix("        ") for line in PLAIN[make].strip("\n").splitlines())
    assert kinds_in(mail("\n".join(lines) + "\n")) == {"ann@reader.test": "hard"}


ANN = FIELDS.format(who="ann@reader.test")
REPORTS = {
    "in base64": ("message/delivery-status\nContent-Transfer-Encoding: base64",
                  base64.encodebytes(ANN.encode()).decode()),
    "quoted-printable": ("message/delivery-status\nContent-Transfer-Encoding: quoted-printable",
                         ANN.replace("reader.test", "reader.t=\nest")),
    "as a file": ("application/octet-stream; name=details.txt", ANN),
    "as a file in base64": (
        "application/octet-stream; name=details.txt\nContent-Transfer-Encoding: base64",
        base64.encodebytes(ANN.encode()).decode(),
    ),
    "without the type of the address": ("message/delivery-status", ANN.replace("rfc822; ", "")),
    "with words after each code": (
        "message/delivery-status",
        ANN.replace("failed", "Failed (permanent)").replace("5.1.1", "5.1.1 (bad destination)"),
    ),
    "with lines that end as on the wire": ("message/delivery-status", ANN.replace("\n", "\r\n")),
}  # fmt: skip


@pytest.mark.parametrize("form", REPORTS)
def test_a_report_is_read_however_it_was_packed(form: str) -> None:
    raw = parts(("text/plain", "Sorry."), REPORTS[form], RETURNED)
    assert kinds_in(raw) == {"ann@reader.test": "hard"}


def test_addresses_with_letters_of_other_scripts_stay_whole() -> None:
    raw = parts(("message/global-delivery-status", FIELDS.format(who="jörg@reader.test")))
    assert kinds_in(raw) == {"jörg@reader.test": "hard"}


@pytest.mark.parametrize(
    ("subject", "said", "kind"),
    [
        ("配信できませんでした", "宛先不明のため、メールを送信できませんでした。", "hard"),
        ("Unzustellbar: Brief", "Das Postfach des Empfängers ist voll.", "soft"),
        ("Non remis : lettre", "L'adresse que vous avez entrée est introuvable.", "hard"),
        ("Non remis : lettre", "La boîte aux lettres du destinataire est pleine.", "soft"),
        ("No se puede entregar", "No se encontró la dirección de correo.", "hard"),
        ("No se puede entregar", "El buzón del destinatario está lleno.", "soft"),
        ("Falha na entrega", "O endereço de email inserido não foi encontrado.", "hard"),
        ("Mancato recapito", "La casella postale del destinatario è piena.", "soft"),
        ("Onbestelbaar: brief", "Het e-mailadres dat u hebt ingevoerd, is niet gevonden.", "hard"),
        ("Niedostarczona poczta", "550 5.1.1 Nieznany użytkownik", "hard"),
        ("Недоставленное сообщение", "почтовый ящик переполнен", "soft"),
        ("Ej leverbart: brev", "550 5.1.1 Användaren okänd", "hard"),
        ("Kan ikke leveres: brev", "550 5.1.1 Ukendt bruger", "hard"),
        ("系统退信", "用户不存在", "hard"),
        ("系统退信", "邮箱已满", "soft"),
        ("배달 실패", "받는 사람을 찾을 수 없습니다.", "hard"),
    ],
)
def test_it_reads_reports_in_many_languages(subject: str, said: str, kind: str) -> None:
    raw = mail(f"ann@reader.test\n{said}\n", subject=subject, sender="postmaster@reader.test")
    assert kinds_in(raw) == {"ann@reader.test": kind}


@pytest.mark.parametrize(
    ("subject", "more"),
    [
        ("Réponse automatique : Hi", ""),
        ("Respuesta automática: Hi", ""),
        ("Fuori sede", ""),
        ("Afwezig: Hi", ""),
        ("Autosvar: Hi", ""),
        ("Автоответ: Hi", ""),
        ("自動応答: Hi", ""),
        ("Odpowiedź automatyczna: Hi", ""),
        ("Re: Hi", "X-Mail-Autoreply: 1\n"),
        ("Re: Hi", "X-Autogenerated: Reply\n"),
        ("Re: Hi", "X-POST-MessageClass: 9; Autoresponder\n"),
    ],
)
def test_automatic_replies_are_known_in_many_languages_and_marks(subject: str, more: str) -> None:
    raw = mail(
        "Back on Monday.", subject=subject, more=more, sender="ann@reader.test", back="<a@b>"
    )
    assert [one.kind for one in read(raw)] == ["auto-reply"]


def test_whoever_asks_the_sender_to_prove_to_be_a_person_has_not_bounced() -> None:
    raw = mail(
        "I apologize for this automatic reply. I now allow incoming messages only from senders "
        "I have approved beforehand.",
        subject="Re: Hi",
        sender="ann@reader.test",
    )
    assert [one.kind for one in read(raw)] == ["auto-reply"]


def feedback(said: str) -> bytes:
    fields = f"Feedback-Type: {said}\nVersion: 1\nOriginal-Rcpt-To: ann@example.org\n"
    return parts(("text/plain", "A report."), ("message/feedback-report", fields), RETURNED)


@pytest.mark.django_db
def test_a_report_on_our_signatures_takes_nobody_off_the_list(client: Client) -> None:
    ann = subscribed(client)
    take(feedback("auth-failure"))
    ann.refresh_from_db()
    assert ann.is_confirmed
    assert not Suppression.objects.exists()
    assert BounceEvent.objects.get().effect.startswith("nothing: it speaks of our signatures")


@pytest.mark.django_db
def test_whoever_says_that_it_is_no_spam_has_not_complained(client: Client) -> None:
    ann = subscribed(client)
    take(feedback("not-spam"))
    ann.refresh_from_db()
    assert ann.is_confirmed
    assert not BounceEvent.objects.exists()
