//! Small real files for attachments: PNG, PDF, ZIP, CSV, written by hand so that nothing binary lies in the source.

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for b in bytes {
        crc ^= u32::from(*b);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

fn adler32(bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (1u32, 0u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    b << 16 | a
}

/// zlib without compression (RFC 1950, stored blocks of RFC 1951).
fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let mut blocks = bytes.chunks(65_535).peekable();
    while let Some(block) = blocks.next() {
        out.push(u8::from(blocks.peek().is_none()));
        let size = block.len() as u16;
        out.extend_from_slice(&size.to_le_bytes());
        out.extend_from_slice(&(!size).to_le_bytes());
        out.extend_from_slice(block);
    }
    out.extend_from_slice(&adler32(bytes).to_be_bytes());
    out
}

/// An 8-bit palette PNG of bands and a circle in the given colours.
pub fn png(width: u32, height: u32, colours: [[u8; 3]; 3]) -> Vec<u8> {
    let mut pixels = Vec::with_capacity(((width + 1) * height) as usize);
    let (cx, cy, radius) = (width as i64 / 2, height as i64 / 2, height as i64 * 3 / 10);
    for y in 0..i64::from(height) {
        pixels.push(0);
        for x in 0..i64::from(width) {
            let inside = (x - cx).pow(2) + (y - cy).pow(2) < radius * radius;
            pixels.push(if inside { 2 } else { u8::from((x + y) / 24 % 2 == 1) });
        }
    }
    let mut header = Vec::new();
    header.extend_from_slice(&width.to_be_bytes());
    header.extend_from_slice(&height.to_be_bytes());
    header.extend_from_slice(&[8, 3, 0, 0, 0]);
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in
        [(b"IHDR", header), (b"PLTE", colours.concat()), (b"IDAT", zlib(&pixels)), (b"IEND", Vec::new())]
    {
        out.extend_from_slice(&(data.len() as u32).to_be_bytes());
        let body = [kind.as_slice(), &data].concat();
        out.extend_from_slice(&body);
        out.extend_from_slice(&crc32(&body).to_be_bytes());
    }
    out
}

/// One page with a few lines of text.
pub fn pdf(lines: &[&str]) -> Vec<u8> {
    let text: String = lines.iter().map(|l| format!("({l}) Tj T* ")).collect();
    let stream = format!("BT /F1 14 Tf 18 TL 60 780 Td {text}ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{stream}\nendstream", stream.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut out = "%PDF-1.4\n".to_owned();
    let mut offsets = Vec::new();
    for (at, object) in objects.iter().enumerate() {
        offsets.push(out.len());
        out += &format!("{} 0 obj\n{object}\nendobj\n", at + 1);
    }
    let table = out.len();
    out += &format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    out += &offsets.iter().map(|o| format!("{o:010} 00000 n \n")).collect::<String>();
    out += &format!("trailer << /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1);
    out.into_bytes()
}

/// An archive of stored files.
pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in files {
        let offset = out.len() as u32;
        // Version 2.0, UTF-8 names, stored, 1 January 2024.
        let mut common = vec![20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0x58];
        common.extend_from_slice(&crc32(bytes).to_le_bytes());
        common.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        common.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        common.extend_from_slice(&(name.len() as u16).to_le_bytes());
        common.extend_from_slice(&[0, 0]);
        out.extend_from_slice(b"PK\x03\x04");
        out.extend_from_slice(&common);
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(bytes);
        directory.extend_from_slice(b"PK\x01\x02\x14\x00");
        directory.extend_from_slice(&common);
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
    }
    let (start, count) = (out.len() as u32, files.len() as u16);
    out.extend_from_slice(&directory);
    out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    out.extend_from_slice(&count.to_le_bytes());
    out.extend_from_slice(&count.to_le_bytes());
    out.extend_from_slice(&(directory.len() as u32).to_le_bytes());
    out.extend_from_slice(&start.to_le_bytes());
    out.extend_from_slice(&[0, 0]);
    out
}

/// A table of monthly figures.
pub fn csv(rows: u32) -> Vec<u8> {
    let mut out = "\u{feff}date,item,quantity,price\r\n".to_owned();
    for n in 0..rows {
        let item = ["paper", "ink", "stamps", "envelopes", "봉투", "도장"][(n % 6) as usize];
        out += &format!(
            "2026-{:02}-{:02},{item},{},{}\r\n",
            n / 28 % 12 + 1,
            n % 28 + 1,
            n % 7 + 1,
            (n * 37) % 900 + 100
        );
    }
    out.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_the_known_ones() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn python_opens_every_file() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.png"), png(40, 20, [[1, 2, 3], [4, 5, 6], [7, 8, 9]])).unwrap();
        std::fs::write(dir.path().join("a.zip"), zip(&[("하나.txt", b"one"), ("two.txt", b"two")])).unwrap();
        let script = "import sys, zipfile, zlib, struct
z = zipfile.ZipFile(sys.argv[1] + '/a.zip')
assert z.testzip() is None and z.read('하나.txt') == b'one' and len(z.namelist()) == 2
p = open(sys.argv[1] + '/a.png', 'rb').read()
assert p[:8] == bytes([137]) + b'PNG' + bytes([13, 10, 26, 10])
at, data = 8, b''
while at < len(p):
    size, kind = struct.unpack('>I4s', p[at:at + 8])
    assert zlib.crc32(p[at + 4:at + 8 + size]) == struct.unpack('>I', p[at + 8 + size:at + 12 + size])[0], kind
    data += p[at + 8:at + 8 + size] if kind == b'IDAT' else b''
    at += 12 + size
assert kind == b'IEND' and len(zlib.decompress(data)) == 41 * 20
";
        let run = std::process::Command::new("python3").arg("-c").arg(script).arg(dir.path()).output();
        let output = run.expect("python3, which `cargo xtask test` installs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(pdf(&["x"]).starts_with(b"%PDF-1.4") && csv(3).ends_with(b"\r\n"));
    }
}
