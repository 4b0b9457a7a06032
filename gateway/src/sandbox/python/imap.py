# Python's own IMAP client, as a program of somebody else would use it.
import imaplib, socket, sys, time
port, user, password = int(sys.argv[1]), sys.argv[4], sys.argv[5]


def ok(answer):
    assert answer[0] == "OK", answer
    return answer[1]


m = imaplib.IMAP4("127.0.0.1", port)
assert "IDLE" in m.capabilities and "UIDPLUS" in m.capabilities, m.capabilities
try:
    m.login(user, "wrong")
    raise SystemExit("a wrong password was taken")
except imaplib.IMAP4.error as e:
    assert b"AUTHENTICATIONFAILED" in e.args[0], e
ok(m.login(user, password))

folders = b"\n".join(ok(m.list()))
for name in [b"INBOX", b"Drafts", b"\\Sent", b"&xgHCGMmd-", b"Projects/Pyeonji"]:
    assert name in folders, (name, folders)
assert b"Projects" in b"\n".join(ok(m.list('""', "%"))) and b"Pyeonji" not in b"\n".join(ok(m.list('""', "%")))
assert len(ok(m.lsub())) > 5

count = int(ok(m.select("INBOX"))[0])
assert count >= 40, count
assert b"MESSAGES %d" % count in ok(m.status("INBOX", "(MESSAGES UIDNEXT UNSEEN UIDVALIDITY)"))[0]

data = ok(m.fetch("1:*", "(UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)"))
assert sum(1 for d in data if b"RFC822.SIZE" in (d[0] if isinstance(d, tuple) else d)) == count
raw = ok(m.fetch("1", "(BODY.PEEK[])"))[0][1]
size = int(ok(m.fetch("1", "RFC822.SIZE"))[0].split()[-1].rstrip(b")"))
assert len(raw) == size, (len(raw), size)
assert ok(m.fetch("1", "(BODY.PEEK[]<5.10>)"))[0][1] == raw[5:15]
header = ok(m.fetch("1", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])"))[0][1]
assert header.lower().startswith(b"subject:") and header.endswith(b"\r\n\r\n"), header

ok(m.create("Tests/One"))
where = '"Tests/One"'
for n in range(4):
    ok(m.append(where, r"(\Seen custom)" if n == 0 else "", imaplib.Time2Internaldate(time.time() - n * 86400),
       b"From: a@b.test\r\nSubject: test %d\r\n\r\nBody number %d\r\n" % (n, n)))
ok(m.append(where, "", None, "From: a@b.test\r\nSubject: =?UTF-8?B?7Y647KeA?=\r\n\r\n안녕하세요\r\n".encode()))
assert int(ok(m.select(where))[0]) == 5
assert b"custom" in ok(m.fetch("1", "FLAGS"))[0]
assert ok(m.search(None, "UNSEEN"))[0] == b"2 3 4 5"
assert ok(m.search(None, "SUBJECT", '"test 2"'))[0] == b"3"
assert ok(m.search(None, "BODY", "number", "NOT", "1"))[0] == b"2 3 4"
m.literal = "편지".encode()
assert ok(m.search("UTF-8", "SUBJECT"))[0] == b"5"
assert ok(m.search(None, "KEYWORD", "custom"))[0] == b"1"
assert ok(m.search(None, "OR", "SMALLER", "1", "LARGER", "10"))[0] == b"1 2 3 4 5"

assert b"\\Flagged" in ok(m.store("2", "+FLAGS", r"(\Flagged)"))[0]
assert ok(m.store("2", "-FLAGS.SILENT", r"(\Flagged)")) == [None]
uid = ok(m.fetch("3", "UID"))[0].split()[-1].rstrip(b")").decode()
ok(m.uid("COPY", uid, "INBOX"))
assert m.response("COPYUID")[1][0], "no COPYUID"
assert int(ok(m.status("INBOX", "(MESSAGES)"))[0].split()[-1].rstrip(b")")) == count + 1
ok(m.store("1:2", "+FLAGS", r"(\Deleted)"))
assert ok(m.expunge()) == [b"1", b"1"]
ok(m.rename(where, '"Tests/Two"'))
ok(m.close())
assert m.select('"Tests/One"')[0] == "NO"
assert int(ok(m.select('"Tests/Two"'))[0]) == 3

# Another connection idles and is told.
s = socket.create_connection(("127.0.0.1", port), 10)
f = s.makefile("rwb")
assert b"* OK" in f.readline()
f.write(b'a LOGIN "%s" "%s"\r\nb SELECT Tests/Two\r\nc IDLE\r\n' % (user.encode(), password.encode()))
f.flush()
while not f.readline().startswith(b"+ "):
    pass
ok(m.append('"Tests/Two"', "", None, b"Subject: hello idler\r\n\r\n!\r\n"))
assert f.readline() == b"* 4 EXISTS\r\n"
assert b"RECENT" in f.readline()
ok(m.noop())
ok(m.store("1", "+FLAGS", r"(\Flagged \Deleted)"))
assert b"1 FETCH (" in f.readline()
ok(m.expunge())
assert f.readline() == b"* 1 EXPUNGE\r\n"
f.write(b"DONE\r\nd LOGOUT\r\n")
f.flush()
assert b"c OK" in f.readline()
assert b"BYE" in f.readline()
assert b"d OK" in f.readline()
assert f.read() == b""

ok(m.unselect())
ok(m.delete('"Tests/Two"'))
ok(m.getquotaroot("INBOX"))
m.logout()
a = imaplib.IMAP4("127.0.0.1", port)
ok(a.authenticate("PLAIN", lambda _: b"\0" + user.encode() + b"\0" + password.encode()))
a.logout()
print("all fine")
