//! The harness itself: Dovecot and Postfix start, and a message sent through one arrives in the other.
use pyeonji_tests::mailhost::{ADA, BORA, MailHost};
use std::process::Command;

#[test]
fn a_message_travels_from_postfix_to_dovecot() {
    let host = MailHost::start();
    let script = format!(
        "import smtplib, imaplib, ssl\n\
         s = smtplib.SMTP('127.0.0.1', {smtp}); s.login('{from_}', '{from_password}')\n\
         s.sendmail('{from_}', ['{to}'], 'Subject: hello\\r\\nMessage-ID: <a@b>\\r\\n\\r\\nhi\\r\\n'); s.quit()\n\
         ctx = ssl.create_default_context(cafile='{ca}')\n\
         m = imaplib.IMAP4_SSL('localhost', {imaps}, ssl_context=ctx)\n\
         import base64\n\
         m.authenticate('PLAIN', lambda _: b'\\0' + '{to}'.encode() + b'\\0' + '{to_password}'.encode())\n\
         m.select('INBOX'); m.send(b'x IDLE\\r\\n')\n\
         n = int(m.response('EXISTS')[1][0])\n\
         while not n:\n\
         \x20   words = m.readline().split()\n\
         \x20   n = words[2:] == [b'EXISTS'] and int(words[1])\n\
         m.send(b'DONE\\r\\n')\n\
         while not m.readline().startswith(b'x '): pass\n\
         print(m.fetch('1', '(BODY[HEADER.FIELDS (SUBJECT)])')[1][0][1].decode())\n",
        smtp = host.postfix.plain,
        imaps = host.dovecot.imaps,
        from_ = ADA.0,
        from_password = ADA.1,
        to = BORA.0,
        to_password = BORA.1,
        ca = host.ca_file().display(),
    );
    let out = Command::new("python3").arg("-c").arg(script).output().expect("python3");
    let said = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
    assert!(said.contains("Subject: hello"), "{said}\n{}\n{}", host.postfix.log(), host.dovecot.log());
}
