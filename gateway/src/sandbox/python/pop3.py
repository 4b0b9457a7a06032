# Python's own POP3 client, with its IMAP client on the same mailbox.
import imaplib, poplib, socket, sys
imap, pop3 = int(sys.argv[1]), int(sys.argv[2])
user, password = sys.argv[4:6]


def refused(word, work):
    try:
        work()
    except poplib.error_proto as e:
        assert e.args[0].startswith(b"-ERR") and word in e.args[0], e
        return
    raise SystemExit("not refused: %r" % word)


def connect():
    return poplib.POP3("127.0.0.1", pop3, timeout=10)


def sign_in():
    p = connect()
    p.user(user)
    p.pass_(password)
    return p


m = imaplib.IMAP4("127.0.0.1", imap)
m.login(user, password)
total = int(m.select("INBOX")[1][0])
raw = {n: m.fetch(str(n), "(BODY.PEEK[])")[1][0][1] for n in range(1, total + 1)}
validity = int(m.response("UIDVALIDITY")[1][0])

p = connect()
capabilities = p.capa()
assert capabilities["SASL"] == ["PLAIN"] and capabilities["EXPIRE"] == ["NEVER"], capabilities
for name in ["TOP", "UIDL", "USER", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "IMPLEMENTATION"]:
    assert name in capabilities, (name, capabilities)
assert "STLS" not in capabilities and "LOGIN-DELAY" not in capabilities
refused(b"Sign in first", p.stat)
refused(b"[AUTH]", lambda: p.apop(user, "wrong"))
p.user(user)
refused(b"[AUTH]", lambda: p.pass_("wrong"))
p.apop(user, password)

# Every seeded message: size, bytes, head, unique id.
count, octets = p.stat()
assert count == total >= 40, (count, total)
sizes = [int(line.split()[1]) for line in p.list()[1]]
assert sum(sizes) == octets and len(sizes) == count
ids = dict(line.decode().split() for line in p.uidl()[1])
assert len(set(ids.values())) == count
for n in range(1, count + 1):
    answer, lines, _ = p.retr(n)
    got = b"".join(line + b"\r\n" for line in lines)
    assert got == raw[n].replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), n
    assert len(got) == sizes[n - 1] == int(p.list(n).split()[-1]), n
    head = b"".join(line + b"\r\n" for line in p.top(n, 0)[1])
    assert head.endswith(b"\r\n\r\n") and got.startswith(head), n
    uid = int(m.fetch(str(n), "UID")[1][0].split()[-1].rstrip(b")"))
    assert ids[str(n)] == "%08x%08x" % (validity, uid) == p.uidl(n).decode().split()[2], n

# One session at a time; a lost connection deletes nothing and gives the mailbox back.
q = connect()
q.user(user)
refused(b"[IN-USE]", lambda: q.pass_(password))
p.dele(1)
refused(b"no message", lambda: p.retr(1))
p.sock.shutdown(socket.SHUT_WR)
assert p.file.read() == b""
q.user(user)
q.pass_(password)
assert q.stat() == (count, octets)

# RSET, then QUIT: IMAP is told what went, and only then.
q.dele(5)
q.rset()
assert q.stat() == (count, octets)
q.dele(1)
q.dele(3)
q.noop()
assert q.stat() == (count - 2, octets - sizes[0] - sizes[2])
m.noop()
assert m.response("EXPUNGE")[1] == [None]
assert q.quit().startswith(b"+OK")
m.noop()
assert m.response("EXPUNGE")[1] == [b"1", b"2"]

# What IMAP removes stays listed and can't be retrieved.
p = sign_in()
assert [line.decode().split()[1] for line in p.uidl()[1]] == [ids[str(n)] for n in range(1, count + 1) if n not in (1, 3)]
m.store("2", "+FLAGS", r"(\Deleted)")
m.expunge()
m.append("INBOX", "", None, b"Subject: dots\r\n\r\n.\r\n..\r\n.x\r\n")
assert p.stat()[0] == count - 2
refused(b"removed", lambda: p.retr(2))
p.quit()
p = sign_in()
assert p.stat()[0] == count - 2
assert p.retr(count - 2)[1][2:] == [b".", b"..", b".x"]
assert p.top(count - 2, 1)[1][2:] == [b"."]
p.quit()
m.logout()
print("all fine")
