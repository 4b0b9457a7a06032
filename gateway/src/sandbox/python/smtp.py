# Python's own SMTP client sends, its IMAP client waits for the mail with IDLE.
import imaplib, smtplib, socket, sys
from email.message import EmailMessage
imap, smtp = int(sys.argv[1]), int(sys.argv[3])
ada, ada_password, bora, bora_password = sys.argv[4:8]


def refused(code, work):
    try:
        work()
    except smtplib.SMTPResponseException as e:
        assert e.smtp_code == code, e
        return e.smtp_error
    except smtplib.SMTPRecipientsRefused as e:
        (found, words), = e.recipients.values()
        assert found == code, e
        return words
    raise SystemExit("not refused with %d" % code)


idle = socket.create_connection(("127.0.0.1", imap), 10)
f = idle.makefile("rwb")
f.write(b'a LOGIN "%s" "%s"\r\nb SELECT INBOX\r\nc IDLE\r\n' % (bora.encode(), bora_password.encode()))
f.flush()
while not f.readline().startswith(b"+ "):
    pass

s = smtplib.SMTP("127.0.0.1", smtp, timeout=10)
s.ehlo("client.test")
assert s.esmtp_features["size"] == "36700160" and "smtputf8" in s.esmtp_features, s.esmtp_features
refused(530, lambda: s.sendmail(ada, [bora], b"x"))
refused(535, lambda: s.login(ada, "wrong"))
s.login(ada, ada_password)

m = EmailMessage()
m["From"], m["To"], m["Subject"], m["Message-ID"] = ada, bora, "안녕 from Python", "<python-1@blue.test>"
m.set_content("Hello\n.\n..dots\nfrom: the start\n")
m.add_attachment(bytes(range(256)) * 100, maintype="application", subtype="octet-stream", filename="all bytes.bin")
assert s.send_message(m) == {}

assert b"EXISTS" in f.readline(), "no news for the idler"
f.readline()
f.write(b"DONE\r\n")
f.flush()
f.readline()
c = imaplib.IMAP4("127.0.0.1", imap)
c.login(bora, bora_password)
c.select("INBOX")
number = c.search(None, "HEADER", "Message-ID", "python-1")[1][0]
assert number, "the mail isn't there"
import email, email.policy
raw = c.fetch(number, "(RFC822)")[1][0][1]
got = email.message_from_bytes(raw, policy=email.policy.default)
assert got["Subject"] == "안녕 from Python" and got["Received"] and got["Return-Path"] == "<%s>" % ada
assert b"127.0.0.1" not in raw, "the client's address is told"
assert got.get_body().get_content().replace("\r\n", "\n") == "Hello\n.\n..dots\nfrom: the start\n", repr(got.get_body().get_content())
(part,) = got.iter_attachments()
assert part.get_content() == bytes(range(256)) * 100 and part.get_filename() == "all bytes.bin"

assert b"no such mailbox" in refused(550, lambda: s.sendmail(ada, ["nobody@green.test"], b"x"))
assert b"own domains" in refused(550, lambda: s.sendmail(ada, ["someone@elsewhere.test"], b"x"))
refused(553, lambda: s.sendmail(bora, [bora], b"x"))
refused(451, lambda: s.sendmail(ada, ["bora+451@green.test"], b"x"))
refused(550, lambda: s.sendmail(ada, ["bora+550@green.test"], b"x"))
refused(552, lambda: s.sendmail(ada, [bora], b"x", ["SIZE=36700161"]))
answer = s.sendmail(ada, [bora, "nobody@green.test"], b"Subject: half\r\n\r\nx\r\n")
assert list(answer) == ["nobody@green.test"], answer
try:
    s.sendmail(ada, ["bora+drop@green.test"], b"Subject: dropped\r\n\r\nx\r\n")
    raise SystemExit("+drop@ answered")
except smtplib.SMTPServerDisconnected:
    pass
# No answer, however long one waits: what is asked afterwards isn't answered either, and the end of our words ends the talk.
t = smtplib.SMTP("127.0.0.1", smtp, timeout=10)
t.login(ada, ada_password)
t.mail(ada)
t.putcmd("rcpt", "TO:<bora+timeout@green.test>")
t.putcmd("noop")
t.sock.shutdown(socket.SHUT_WR)
assert t.file.read() == b"", "+timeout@ answered"
print("all fine")
