//! Mail for tests: small believable messages, Korean among them, and folders of any size.
use std::fmt::Write;

/// A plain message; `n` makes it distinct. CRLF line ends.
pub fn plain(n: u32, from: &str, to: &str, subject: &str, text: &str) -> Vec<u8> {
    let mut out = String::new();
    let _ = write!(
        out,
        "Date: {}\r\nFrom: {from}\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <m{n}@seed.test>\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n",
        date(n)
    );
    out.into_bytes()
}

/// A message with text, HTML, an inline image and a PDF.
pub fn rich(n: u32, from: &str, to: &str) -> Vec<u8> {
    let png =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    format!(
        "Date: {date}\r\nFrom: {from}\r\nTo: {to}\r\nSubject: =?UTF-8?B?67O06rOg7ISc?= {n}\r\nMessage-ID: <r{n}@seed.test>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m{n}\r\n\r\n--m{n}\r\n\
         Content-Type: multipart/related; boundary=r{n}\r\n\r\n--r{n}\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
         <html><body><h1>Report {n}</h1><p onclick=\"alert(1)\">Figures <b>inside</b>.</p><script>document.title='x'</script>\
         <img src=\"cid:dot{n}\" alt=dot><img src=\"https://tracker.test/p.png\"></body></html>\r\n--r{n}\r\n\
         Content-Type: image/png\r\nContent-ID: <dot{n}>\r\nContent-Transfer-Encoding: base64\r\n\r\n{png}\r\n--r{n}--\r\n--m{n}\r\n\
         Content-Type: application/pdf; name=\"report.pdf\"\r\nContent-Disposition: attachment; filename=\"report.pdf\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQKJUVPRgo=\r\n--m{n}--\r\n",
        date = date(n)
    )
    .into_bytes()
}

/// `count` messages, oldest first: every third unread, each fifth rich, Korean subjects in between.
pub fn many(count: u32, to: &str) -> Vec<(Vec<u8>, &'static str)> {
    (0..count)
        .map(|n| {
            let from = match n % 4 {
                0 => "Carol Park <carol@green.test>",
                1 => "=?UTF-8?B?6rmA67O0652864KY?= <bora@green.test>",
                2 => "\"Lists, Weekly\" <weekly@lists.test>",
                _ => "dave@blue.test",
            };
            let bytes = if n % 5 == 4 {
                rich(n, from, to)
            } else {
                plain(
                    n,
                    from,
                    to,
                    &format!("Letter {n} about invoices"),
                    &format!("Line one of {n}.\r\n\r\nRegards"),
                )
            };
            (bytes, if n % 3 == 0 { "" } else { "S" })
        })
        .collect()
}

/// Distinct rising dates, RFC 5322.
fn date(n: u32) -> String {
    let (day, hour, minute) = (1 + n / 1440 % 28, n / 60 % 24, n % 60);
    let (month, year) = (["Jan", "Feb", "Mar", "Apr", "May", "Jun"][(n / 40_320 % 6) as usize], 2025);
    format!("{day} {month} {year} {hour:02}:{minute:02}:00 +0900")
}
