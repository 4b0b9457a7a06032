//! What a scanner holds, and what happens at each of its bounds.
use super::*;

/// Pushes pieces and returns what was found and the most that was held.
fn held(pieces: impl IntoIterator<Item = Vec<u8>>) -> (Scanned, usize) {
    let (mut scanner, mut most) = (Scanner::new(), 0);
    for piece in pieces {
        scanner.push(&piece);
        most = most.max(scanner.held_bytes());
    }
    (scanner.finish(), most)
}

#[test]
fn a_large_attachment_is_not_held() {
    const SIZE: usize = 25 << 20;
    let head = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b\r\nContent-Type: application/zip\r\n\
                 Content-Transfer-Encoding: base64\r\n\r\n";
    let line = [&[b'A'; 76][..], b"\r\n"].concat();
    let body = line.repeat(SIZE / line.len());
    let source = [&head[..], &body, b"--b--\r\n"].concat();
    let (found, most) = held(source.chunks(64 << 10).map(<[u8]>::to_vec));
    println!("{} octets, {most} held", source.len());
    assert!(most < (6 << 20) / 5, "{most}");
    assert_eq!(found.spans[1].end - found.spans[1].start, body.len() as u64 - 2);
    assert!(!found.limited);
}

#[test]
fn r30_a_line_of_any_length_is_not_held() {
    for head in [
        &b""[..],
        b"Subject: ",
        b"\r\n",
        b"Content-Type: a/b\r\n\r\n--",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b",
    ] {
        let pieces = std::iter::once(head.to_vec()).chain(std::iter::repeat_n(vec![b'x'; 64 << 10], 160));
        let (found, most) = held(pieces);
        assert_eq!(found.size, head.len() as u64 + (10 << 20));
        assert!(most <= MAX_HEADER + MAX_TEXT + (64 << 10), "{most} {head:?}");
    }
    // Nor any number of CRs, whatever they turn out to be.
    for end in [&b"\n"[..], b"x", b""] {
        let pieces = std::iter::repeat_n(vec![b'\r'; 64 << 10], 160).chain([end.to_vec()]);
        let (found, most) = held(pieces);
        assert_eq!(found.size, (10 << 20) + end.len() as u64);
        assert!(most <= MAX_HEADER + MAX_TEXT + (64 << 10), "{most}");
    }
}

#[test]
fn r30_header_limits() {
    let header = |n: usize| [&b"X: "[..], &vec![b'x'; n - 7], b"\r\n\r\n"].concat();
    let found = scan(&[header(MAX_HEADER), b"body".to_vec()].concat());
    assert_eq!((found.raw.header.len(), found.limited), (MAX_HEADER, false));
    let found = scan(&[header(MAX_HEADER + 1), b"body".to_vec()].concat());
    assert_eq!((found.raw.header.len(), found.limited), (MAX_HEADER, true));
    assert_eq!(found.raw.leaves[0].bytes.as_deref(), Some(&b"body"[..]));

    let part = |n: usize| {
        let name = b"Content-Type: a/b; name=c\r\n";
        let part = [&name[..], &header(n - name.len())].concat();
        scan(&[&b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"[..], &part, b"x"].concat())
    };
    assert!(!part(MAX_PART_HEADER).limited);
    let found = part(MAX_PART_HEADER + 1);
    assert!(found.limited && found.raw.leaves[0].name.as_deref() == Some("c"));
}

#[test]
fn r30_texts_are_bounded() {
    let text = |n: usize| [&b"\r\n"[..], &vec![b'x'; n]].concat();
    for (size, limited) in [(MAX_TEXT, false), (MAX_TEXT + 1, true)] {
        let found = scan(&text(size));
        let kept = found.raw.leaves[0].bytes.as_ref().unwrap().len();
        assert_eq!((kept, found.raw.leaves[0].size as usize, found.limited), (MAX_TEXT, size, limited));
    }
    // In all: what finds no room is a part to save.
    let mut source = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n".to_vec();
    for _ in 0..6 {
        source.extend([&b"--b\r\n"[..], &text(MAX_TEXT - 100 * (1 << 10)), b"\r\n"].concat());
    }
    let (found, most) = held(source.chunks(64 << 10).map(<[u8]>::to_vec));
    let kept: Vec<_> =
        found.raw.leaves.iter().map(|leaf| leaf.bytes.as_ref().map(bytes::Bytes::len)).collect();
    assert_eq!(kept.iter().flatten().sum::<usize>(), MAX_TEXTS);
    assert_eq!((kept.iter().flatten().count(), kept.last(), found.limited), (5, Some(&None), true));
    assert!(most <= MAX_TEXTS + (64 << 10), "{most}");
    // By number.
    let many = "--b\r\n\r\nx\r\n".repeat(MAX_SHOWN + 1);
    let found = scan(format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{many}").as_bytes());
    assert_eq!(found.raw.leaves.iter().filter(|leaf| leaf.bytes.is_some()).count(), MAX_SHOWN);
    assert!(found.raw.leaves.last().unwrap().bytes.is_none());
}

#[test]
fn r30_depth_is_bounded() {
    let deep = |n: usize| {
        let open: String = (0..n)
            .map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}x\r\n\r\n--b{n}x\r\n"))
            .collect();
        scan(format!("{open}Content-Type: text/plain\r\n\r\nend\r\n").as_bytes())
    };
    let found = deep(MAX_DEPTH);
    assert_eq!((found.limited, found.raw.leaves[0].bytes.as_deref()), (false, Some(&b"end\r\n"[..])));
    assert_eq!(found.raw.leaves[0].section, ["1"; MAX_DEPTH].join("."));
    let found = deep(MAX_DEPTH + 1);
    assert!(found.limited);
    assert_eq!(found.raw.leaves[0].mime, "text/plain");
    assert!(found.raw.leaves[0].bytes.as_ref().unwrap().starts_with(b"--b20x\r\n"));
    assert_eq!(found.raw.leaves[0].section, ["1"; MAX_DEPTH].join("."));
}

#[test]
fn r30_parts_are_bounded() {
    let wide = |n: usize| {
        let parts = "--b\r\nContent-Type: image/png\r\n\r\nx\r\n".repeat(n);
        scan(format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{parts}--b--\r\n").as_bytes())
    };
    // The multipart is one itself.
    let found = wide(MAX_PARTS - 1);
    assert_eq!((found.raw.leaves.len(), found.limited), (MAX_PARTS - 1, false));
    assert_eq!(found.raw.leaves.last().unwrap().size, 1);
    let found = wide(MAX_PARTS + 10);
    assert_eq!((found.raw.leaves.len(), found.limited), (MAX_PARTS - 1, true));
    // The last one keeps what is left.
    assert_eq!(found.spans.last().unwrap().end, found.size);
}

#[test]
fn r30_what_parts_say_is_bounded() {
    let name = "n".repeat(900);
    let part = format!("--b\r\nContent-Type: a/b; name={name}\r\nContent-ID: <{name}>\r\n\r\n\r\n");
    let source = format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{}", part.repeat(900));
    let (found, most) = held([source.into_bytes()]);
    let said: usize = found.raw.leaves.iter().filter_map(|leaf| leaf.name.as_ref()).map(String::len).sum();
    assert!(said <= MAX_SAID && found.limited && found.raw.leaves.len() == 900);
    assert!(most < MAX_SAID + (1 << 20), "{most}");
}

#[test]
fn r30_everything_at_once_is_bounded() {
    // A large header, texts up to their bound, then parts that say much, nested with long boundaries.
    let mut source = b"Content-Type: multipart/mixed; boundary=b\r\nX: ".to_vec();
    source.extend(vec![b'x'; MAX_HEADER]);
    source.extend(b"\r\n\r\n");
    for _ in 0..4 {
        source.extend([b"--b\r\n\r\n", vec![b'x'; MAX_TEXT].as_slice(), b"\r\n"].concat());
    }
    let name = "n".repeat(900);
    for n in 0..19 {
        let boundary = format!("{}{n}", "y".repeat(8_000));
        let within = if n == 0 { "b".to_owned() } else { format!("{}{}", "y".repeat(8_000), n - 1) };
        source.extend(
            format!("--{within}\r\nContent-Type: multipart/mixed; boundary={boundary}\r\n\r\n").into_bytes(),
        );
        let part =
            format!("--{boundary}\r\nContent-Type: a/b; name={name}\r\nContent-ID: <{name}>\r\n\r\n\r\n");
        source.extend(part.repeat(50).into_bytes());
    }
    source.extend(vec![b'z'; 2 << 20]);
    let (found, most) = held(source.chunks(64 << 10).map(<[u8]>::to_vec));
    println!("{} octets, {} leaves, {most} held of {MAX_HELD}", source.len(), found.raw.leaves.len());
    assert!(found.limited && found.raw.leaves.len() > 900);
    assert!(most > MAX_HEADER + MAX_TEXTS && most <= MAX_HELD, "{most}");
}
