# ruff: noqa: E501  # what servers say is as long as it is
"""Refusals as servers of many makes write them: is the address gone, or not today?

Each line: the answer, the report's code, the command that was refused, the server's words.
"""

from __future__ import annotations

import pytest

from newsletter.bounces.judging import judge

SAID = {
    "-": "",
    "rcpt": "(in reply to RCPT TO command)",
    "data": "(in reply to end of DATA command)",
}
REFUSALS = r"""
hard 5.1.1 rcpt 550-5.1.1 The email account that you tried to reach does not exist. Please try 550-5.1.1 double-checking the recipient's email address
hard 5.5.0 rcpt 550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). [xx.prod.protection.outlook.com]
hard 5.1.10 - 550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient x@y not found by SMTP address lookup
hard 5.1.1 - #550 5.1.1 RESOLVER.ADR.ExRecipNotFound; not found ##
hard 5.4.1 rcpt 550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [x.prod.protection.outlook.com]
hard 5.0.0 data 554 delivery error: dd This user doesn't have a yahoo.com account (x@yahoo.com) [0] - mta1.mail.yahoo.com
soft 5.0.0 data 554 30 Sorry, your message to x@yahoo.com cannot be delivered. This mailbox is disabled (554.30).
soft 5.0.0 data 552 1 Requested mail action aborted, mailbox not found
hard 5.1.1 rcpt 550 5.1.1 unknown or illegal alias: x@me.com
hard 5.0.0 rcpt 550 Requested action not taken: mailbox unavailable For explanation visit https://postmaster.gmx.net
hard 5.0.0 rcpt 550 Message was not accepted -- invalid mailbox. Local mailbox x@mail.ru is unavailable: user not found
hard 5.7.1 rcpt 550 5.7.1 No such user!
hard 5.0.0 rcpt 550 Mailbox not found. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022
hard 5.0.0 rcpt 550 User not found: x@163.com
soft 5.0.0 rcpt 550 RP:RDL
soft 5.0.0 data 554 DT:SPM 163 smtp5
hard 5.1.1 rcpt 550 5.1.1 Not our Customer
hard 5.1.0 rcpt 550 5.1.0 <x@cox.net> recipient rejected. AUP#CXRCPT
hard 5.1.0 rcpt 550 5.1.0 <x@charter.net> recipient rejected
soft 4.2.1 rcpt 550 4.2.1 mailbox temporarily disabled: x@verizon.net
hard 5.1.1 rcpt 550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR204_416 [416]
hard 5.0.0 rcpt 550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550
soft 5.0.0 rcpt 550 Administrative prohibition - envelope blocked - https://community.mimecast.com
soft 5.0.0 data 554 Email rejected due to security policies - https://community.mimecast.com/docs/DOC-1369#554
hard 5.1.1 data 550 permanent failure for one or more recipients (x@y.com:550 5.1.1 User unknown)
soft 5.0.0 data 550 permanent failure for one or more recipients (x@y.com:blocked)
soft 5.2.1 rcpt 550-5.2.1 The email account that you tried to reach is disabled. Learn more
soft 5.2.1 rcpt 550-5.2.1 The email account that you tried to reach is inactive
soft 4.2.2 rcpt 452-4.2.2 The email account that you tried to reach is over quota
soft 5.2.2 rcpt 552-5.2.2 The recipient's inbox is out of storage space and inactive
hard 5.1.0 rcpt 550 #5.1.0 Address rejected.
soft 5.7.1 rcpt 553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)
hard 5.1.1 rcpt 511 sorry, no mailbox here by that name (#5.1.1 - chkuser)
hard 5.7.1 rcpt 554 5.7.1 <x@y>: Recipient address rejected: user x@y does not exist
hard 5.1.1 rcpt 550 5.1.1 <x@y>: Recipient address rejected: undeliverable address: host z said: 550 5.1.1 No such user
soft 4.1.1 rcpt 450 4.1.1 <x@y>: Recipient address rejected: unverified address: connect to z: Connection timed out
hard 5.0.0 rcpt 550 No such recipient here
hard 5.0.0 rcpt 550 No Such User Here"
soft 5.0.0 rcpt 550-Verification failed for <a@b> 550-No Such User Here 550 Sender verify failed
hard 5.0.0 rcpt 550 Unrouteable address
soft 5.0.0 rcpt 550 relay not permitted
hard 5.0.0 rcpt 550 Unknown address error 550-'5.1.1 Invalid recipient'
hard 5.0.0 rcpt 550 Account is not existed
hard 5.0.0 rcpt 550 unknown user <x@y>
soft 5.2.1 rcpt 550 5.2.1 Mailbox unavailable. Mailbox inactive
hard 5.1.1 rcpt 550 5.1.1 Mailbox does not exist
soft 5.7.1 rcpt 550 5.7.1 Service unavailable, Client host [1.2.3.4] blocked using Spamhaus
soft 5.7.1 rcpt 554 5.7.1 Service unavailable; Client host [1.2.3.4] blocked using zen.spamhaus.org
soft 5.7.26 data 550 5.7.26 This message does not have authentication information or fails to pass authentication checks
soft 4.7.0 - 421 4.7.0 [TSS04] Messages from 1.2.3.4 temporarily deferred due to user complaints
soft 5.7.606 rcpt 550 5.7.606 Access denied, banned sending IP [1.2.3.4]
soft 5.7.515 data 550 5.7.515 Access denied, sending domain does not meet the required authentication level
hard 5.4.310 - 550 5.4.310 DNS domain example.con does not exist [Message=InfoDomainNonexistent]
soft 5.4.312 - 550 5.4.312 Message expired, DNS query failed
soft 5.4.300 - 550 5.4.300 Message expired
hard 5.4.4 - 550 5.4.4 Invalid domain name
hard 5.4.4 - Host or domain name not found. Name service error for name=nyaan.example type=A: Host not found
soft 4.4.3 - Host or domain name not found. Name service error for name=x type=MX: Host not found, try again
soft 4.4.1 - connect to x.example[1.2.3.4]:25: Connection refused
soft 4.4.1 - connect to x.example[1.2.3.4]:25: Connection timed out
hard 5.1.2 - DNS Error: 12345 DNS type 'mx' lookup of exmple.com responded with code NXDOMAIN Domain name not found: exmple.com
soft 4.4.1 - The recipient server did not accept our requests to connect.
hard 5.1.2 - 550 5.1.2 Bad destination system address
hard 5.1.2 - 550 Host unknown
hard 5.1.0 - Domain x.example does not accept mail (nullMX)
hard 5.1.10 - 556 5.1.10 Recipient address has null MX
soft 5.7.1 rcpt 550 5.7.1 Recipient not authorized, your IP has been found on a block list
soft 5.7.133 - 550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required
soft 5.7.1 - 550 5.7.1 RESOLVER.RST.AuthRequired; authentication required
soft 5.2.3 - 550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient
soft 5.2.0 - 550 5.2.0 STOREDRV.Deliver; mailbox full
soft 5.2.2 - 554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded
soft 5.2.0 - 554 5.2.0 STOREDRV.Deliver.Exception:AccountDisabledException
soft 5.6.0 - 554 5.6.0 Corrupt message content
soft 5.4.14 - 554 5.4.14 Hop count exceeded - possible mail loop ATTR34
soft 5.4.6 - 550 5.4.6 Loop detected
hard 5.0.0 - User x (x@y.com) not listed in Domino Directory
hard 5.0.0 - User x not listed in public Name & Address Book
hard 5.0.0 rcpt 550 x... No such user
hard 5.0.0 rcpt 550 x@y Domino: no such user
hard - - Sorry, I couldn't find any host named nyaan.example. (#5.1.2)
hard - - Sorry, no mailbox here by that name. (#5.1.1)
soft - - Sorry, I wasn't able to establish an SMTP connection. (#4.4.1) I'm not going to try again; this message has been in the queue too long.
soft - - This message is looping: it already has my Delivered-To line. (#5.4.6)
soft - - The user's mailbox is full. (#5.2.2)
soft - - This account has been disabled or discontinued [#101].
soft 5.7.1 data 550 5.7.1 Message rejected due to content restrictions
soft 5.7.0 data 552 5.7.0 This message was blocked because its content presents a potential security issue
soft 5.0.0 rcpt 550 Verification failed for <a@b>
soft 5.0.0 rcpt 554 Denied (Mode: normal)
soft 5.0.0 rcpt 550 Access denied - Invalid HELO name (See RFC2821 4.1.1.1)
soft 5.0.0 rcpt 550 SPF MAIL FROM check failed
soft 5.7.23 data 550 5.7.23 The message was rejected because of Sender Policy Framework violation
soft 4.7.1 rcpt 451 4.7.1 Greylisting in action, please come back later
soft 4.2.0 rcpt 450 4.2.0 <x@y>: Recipient address rejected: Greylisted, see http://postgrey
soft 4.3.1 - 452 4.3.1 Insufficient system storage
soft 4.5.3 rcpt 452 4.5.3 Error: too many recipients
soft 5.3.4 data 552 5.3.4 Error: message file too big
soft 5.7.0 - 530 5.7.0 Must issue a STARTTLS command first
hard 5.0.0 rcpt 550 Dieses Postfach existiert nicht
hard 5.0.0 rcpt 550 Benutzer unbekannt
hard 5.0.0 rcpt 550 Empfaenger unbekannt
hard 5.0.0 rcpt 550 Utilisateur inconnu
hard 5.0.0 rcpt 550 El usuario no existe
hard 5.0.0 rcpt 550 destinatario sconosciuto
hard 5.0.0 rcpt 550 Mailbox does not exist!
hard 5.0.0 rcpt 550 <x@y> User unknown; rejecting
hard 5.0.0 rcpt 550 Recipient unknown
hard 5.1.1 - 550 x@y.com... User unknown
hard 5.0.0 rcpt 550 no such account x@y.com
soft 5.7.1 rcpt 550 sorry, your mail was administratively denied. (#5.7.1)
hard 5.0.0 rcpt 550 Address does not exist
hard 5.0.0 rcpt 550 no one by that name here
hard 5.0.0 rcpt 550 That address is not valid at this server
hard 5.0.0 rcpt 550 Bad address
hard 5.0.0 rcpt 550 Invalid mailbox
hard 5.0.0 rcpt 550 mailbox is unavailable
hard 5.0.0 rcpt 550 user has moved; try <a@b>
hard 5.0.0 rcpt 551 User not local; please try <forward@path>
hard 5.0.0 rcpt 550 The address has changed. New address: a@b
hard 5.1.6 rcpt 550 5.1.6 recipient no longer on server
hard 5.0.0 rcpt 550 recipient no longer works here
hard 5.1.1 rcpt 550 5.1.1 sid=i01K1n00l0kn1Em01 Address rejected x@y [code=28]
hard 5.0.0 rcpt 550 cuda_nsu x@y: no such user
hard 5.1.1 rcpt 550 5.1.1 x@y.com is not a valid mailbox
hard 5.3.0 rcpt 553 5.3.0 x@y... Addressee unknown, relay=[1.2.3.4]
hard 5.1.1 rcpt 550 5.1.1 : Recipient address rejected: User unknown in virtual mailbox table
soft 5.0.0 rcpt 550 Mailbox quota exceeded
soft 5.0.0 rcpt 552 Mailbox limit exeeded for this email address
soft 5.0.0 - Delivery failed: Over quota
soft 5.0.0 - maildir delivery failed: Sorry, the user's maildir has overdrawn his diskspace quota, please try again later
soft 5.4.7 - 5.4.0 - DNS Error 5.4.7 - Delivery expired (message too old) 'timeout'
hard 5.1.2 - 5.1.2 - Bad destination host 'DNS Hard Error looking up x.example (MX):  NXDomain'
hard 5.1.0 - 5.1.0 - Unknown address error 550-'5.1.1 <x@y>: Recipient address rejected: User unknown'
hard 5.1.0 - 5.1.0 - Unknown address error 550-'Mailbox not found'
soft 5.3.0 - 5.3.0 - Other mail system problem 554-'5.7.1 Service unavailable; blocked'
hard 5.0.0 rcpt 550 address not present in directory
hard 5.0.0 rcpt 550 Destination server rejected recipients
hard 5.0.0 rcpt 550 The email address you entered couldn't be found
hard 5.0.0 rcpt 550 Nessun utente simile in questo indirizzo
hard 5.0.0 rcpt 550 No existe ese usuario en este servidor
hard 5.0.0 rcpt 550 sorry, badrcptto
hard 5.0.0 rcpt 550 There is no one at this address
hard 5.0.0 rcpt 550 user missing home directory
hard 5.0.0 rcpt 550 sorry, that recipient domain must exist
hard 5.0.0 rcpt 550 the account or domain may not exist, they may be blacklisted, or missing the proper dns entries.
hard 5.0.0 rcpt 550 no route for current request
hard 5.0.0 rcpt 550 This system is not configured to accept mail
hard 5.0.0 rcpt 550 User x could not be found
hard 5.0.0 rcpt 550 Unbekannter Empfänger
hard 5.0.0 rcpt 550 Conta inexistente
hard 5.0.0 rcpt 550 Пользователь не найден
hard 5.0.0 rcpt 550 Неизвестный получатель
hard 5.0.0 rcpt 550 用户不存在
hard 5.0.0 rcpt 550 ユーザーが見つかりません
hard 5.0.0 rcpt 550 Nieznany odbiorca
hard 5.0.0 rcpt 550 Uzivatel neexistuje
hard 5.0.0 rcpt 550 Bruker ukjent
hard 5.0.0 rcpt 550 Okänd mottagare
hard 5.0.0 rcpt 550 kullanici bulunamadi
soft 5.0.0 rcpt 550 user is temporarily unavailable
soft 5.0.0 rcpt 550 boîte pleine
soft 5.0.0 rcpt 550 buzon lleno
soft 5.0.0 rcpt 550 caixa postal cheia
soft 5.0.0 rcpt 550 casella piena
soft 5.0.0 rcpt 550 ящик переполнен
soft 5.0.0 rcpt 550 邮箱已满
soft 5.0.0 rcpt 550 The user does not accept email in non-Western (non-Latin) character sets.
soft 5.0.0 rcpt 550 you may not have permission to post messages to the group
hard 5.0.350 - 550 5.0.350 Remote server returned an error -> 550 5.1.1 User unknown
hard 5.5.0 - 550 Requested action not taken: mailbox unavailable
soft 5.0.0 - Router: Unable to open mailbox file x CN=y: File does not exist
"""


@pytest.mark.parametrize("line", REFUSALS.strip().splitlines())
def test_it_tells_what_is_final_in_the_words_of_many_servers(line: str) -> None:
    kind, status, command, words = line.split(" ", 3)
    verdict = judge(words, "" if status == "-" else status, "failed", SAID[command])
    assert (verdict.kind, line) == (kind, line)
