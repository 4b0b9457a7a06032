//! Archives of our own and of Python's `zipfile`, both ways, and archives that lie.
use super::*;
use proptest::prelude::*;
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::PathBuf;
use std::process::Command;

/// 2023-11-14 22:13:20 UTC.
const THEN: i64 = 1_700_000_000;

/// Finds the entries of an archive that is read by `range`.
fn open(size: u64, mut range: impl FnMut(Range<u64>) -> Vec<u8>) -> Result<Vec<Entry>, ZipError> {
    let mut opening = Opening::new(size);
    // Tail, ZIP64 record, directory.
    for _ in 0..3 {
        let wanted = opening.wants();
        assert!(wanted.start <= wanted.end && wanted.end <= size);
        if let Some(entries) = opening.give(&range(wanted))? {
            return Ok(entries);
        }
    }
    panic!("it wants a fourth range");
}

fn part(file: &[u8], range: Range<u64>) -> Vec<u8> {
    file.get(range.start as usize..range.end as usize).unwrap().to_vec()
}

fn entries(file: &[u8]) -> Result<Vec<Entry>, ZipError> {
    open(file.len() as u64, |range| part(file, range))
}

fn data(file: &[u8], entry: &Entry) -> Vec<u8> {
    part(file, entry.data(&part(file, entry.header())).unwrap())
}

/// Every second entry is streamed, in pieces of that size.
fn archive(files: &[(String, Vec<u8>)], size: usize) -> Vec<u8> {
    let mut writer = Writer::new();
    let mut out = Vec::new();
    for (n, (name, content)) in files.iter().enumerate() {
        if n % 2 == 0 {
            out.extend(writer.add(name, THEN + n as i64, content).unwrap());
            out.extend(content);
            continue;
        }
        out.extend(writer.begin(name, THEN + n as i64).unwrap());
        for piece in content.chunks(size.max(1)) {
            writer.data(piece);
            out.extend(piece);
        }
        out.extend(writer.end());
    }
    out.extend(writer.finish());
    out
}

fn temporary(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("pyeonji-{}-{name}", std::process::id()))
}

/// Runs a script; whether there is a Python.
fn python(script: &str, arguments: &[&str]) -> bool {
    let Ok(output) = Command::new("python3").args(["-c", script]).args(arguments).output() else {
        println!("skipped: python3 is not installed");
        return false;
    };
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && text.contains("all fine"), "{text}");
    true
}

#[test]
fn python_reads_what_we_write() {
    let files = [
        ("받은 편지함/1.eml".to_owned(), b"Subject: a\r\n\r\nb\r\n".to_vec()),
        ("streamed.bin".to_owned(), (0..=255).cycle().take(100_000).collect()),
        ("empty".to_owned(), Vec::new()),
        ("empty, streamed".to_owned(), Vec::new()),
    ];
    let path = temporary("written.zip");
    std::fs::write(&path, archive(&files, 1_000)).unwrap();
    let script = r#"
import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
assert z.namelist() == ['받은 편지함/1.eml', 'streamed.bin', 'empty', 'empty, streamed'], z.namelist()
assert z.read('받은 편지함/1.eml') == b'Subject: a\r\n\r\nb\r\n'
assert z.read('streamed.bin') == (bytes(range(256)) * 400)[:100000]
assert z.read('empty') == z.read('empty, streamed') == b''
one = z.infolist()[0]
assert one.date_time == (2023, 11, 14, 22, 13, 20), one.date_time
assert one.compress_type == zipfile.ZIP_STORED and one.external_attr >> 16 == 0o100644
print('all fine')
"#;
    python(script, &[path.to_str().unwrap()]);
    std::fs::remove_file(path).unwrap();
}

#[test]
fn we_read_what_python_writes() {
    let path = temporary("read.zip");
    let script = r#"
import sys, zipfile
with open(sys.argv[1], 'wb') as f:
    f.write(b'#!/bin/sh\nexit\n')
z = zipfile.ZipFile(sys.argv[1], 'a')
def info(name, method):
    i = zipfile.ZipInfo(name, (2023, 11, 14, 22, 13, 20))
    i.compress_type = method
    return i
z.writestr(info('stored', 0), b'stored')
z.writestr(info('둘/packed', 8), b'packed ' * 1000)
with z.open(info('large', 8), 'w', force_zip64=True) as f:
    f.write(b'large')
z.writestr(info('folder/', 0), b'')
z.writestr(info('../escapes', 0), b'')
z.writestr(info('lzma', 14), b'x')
z.comment = b'a comment with PK\x05\x06 in it, and again PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0 '
z.close()
print('all fine')
"#;
    if !python(script, &[path.to_str().unwrap()]) {
        return;
    }
    let file = std::fs::read(&path).unwrap();
    let found = entries(&file).unwrap();
    let names: Vec<_> = found.iter().map(|entry| (entry.name.as_str(), entry.method)).collect();
    assert_eq!(
        names,
        [
            ("stored", Method::Stored),
            ("둘/packed", Method::Deflated),
            ("large", Method::Deflated),
            ("folder/", Method::Stored),
            ("../escapes", Method::Stored),
            ("lzma", Method::Other(14)),
        ]
    );
    assert_eq!(found.iter().map(Entry::safe).collect::<Vec<_>>(), [true, true, true, true, false, true]);
    assert_eq!(found.iter().filter(|entry| entry.is_folder()).count(), 1);
    assert!(found.iter().all(|entry| entry.modified == THEN && !entry.encrypted));
    assert_eq!(data(&file, &found[0]), b"stored");
    assert_eq!((found[0].crc, found[1].size), (Crc32::of(b"stored"), 7_000));
    // Inflating is somebody else's affair: where the octets lie is what we say.
    let range = |entry: &Entry| entry.data(&part(&file, entry.header())).unwrap();
    let script = r#"
import sys, zlib
f = open(sys.argv[1], 'rb').read()
a, b, c, d = map(int, sys.argv[2:])
assert zlib.decompress(f[a:b], -15) == b'packed ' * 1000
assert zlib.decompress(f[c:d], -15) == b'large'
print('all fine')
"#;
    let (one, two) = (range(&found[1]), range(&found[2]));
    let numbers = [one.start, one.end, two.start, two.end].map(|number| number.to_string());
    let arguments: Vec<&str> =
        std::iter::once(path.to_str().unwrap()).chain(numbers.iter().map(String::as_str)).collect();
    python(script, &arguments);
    std::fs::remove_file(path).unwrap();
}

#[test]
fn more_entries_than_sixteen_bits_count() {
    let files: Vec<_> =
        (0..u32::from(FULL16)).map(|n| (format!("{n}.eml"), vec![b'x'; n as usize % 3])).collect();
    for count in [files.len() - 1, files.len()] {
        let file = archive(&files[..count], 10);
        let found = entries(&file).unwrap();
        assert_eq!(found.len(), count);
        assert!(
            found
                .iter()
                .zip(&files)
                .all(|(entry, (name, content))| entry.name == *name && data(&file, entry) == *content)
        );
        assert_eq!(file.windows(4).any(|four| four == LOCATOR64.to_le_bytes()), count == files.len());
        let path = temporary(&format!("many-{count}.zip"));
        std::fs::write(&path, &file).unwrap();
        let script = "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert len(z.namelist()) == int(sys.argv[2])\n\
                      assert z.read('65000.eml') == b'xx'\nprint('all fine')";
        python(script, &[path.to_str().unwrap(), &count.to_string()]);
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn past_four_gibibytes() {
    const LARGE: u64 = 5 << 30;
    // A hole in the file stands for the data; nobody reads it.
    let path = temporary("large.zip");
    let mut file = std::fs::File::create_new(&path).unwrap();
    let mut writer = Writer::new();
    let mut at = 0;
    let mut put = |bytes: &[u8], hole: u64| {
        file.seek(SeekFrom::Start(at)).unwrap();
        file.write_all(bytes).unwrap();
        at += bytes.len() as u64 + hole;
    };
    put(&writer.begin("large, streamed", THEN).unwrap(), LARGE);
    writer.pretend(LARGE);
    put(&writer.end(), 0);
    put(&writer.known("large", THEN, LARGE, 7).unwrap(), LARGE);
    put(&writer.add("far", THEN, b"here").unwrap(), 0);
    put(b"here", 0);
    put(&writer.finish(), 0);

    let mut file = std::fs::File::open(&path).unwrap();
    let mut read = |range: Range<u64>| {
        let mut bytes = vec![0; (range.end - range.start) as usize];
        file.seek(SeekFrom::Start(range.start)).unwrap();
        file.read_exact(&mut bytes).unwrap();
        bytes
    };
    let found = open(at, &mut read).unwrap();
    let sizes: Vec<_> = found.iter().map(|entry| (entry.name.as_str(), entry.size, entry.crc)).collect();
    assert_eq!(sizes, [("large, streamed", LARGE, 0), ("large", LARGE, 7), ("far", 4, Crc32::of(b"here"))]);
    for entry in &found {
        let range = entry.data(&read(entry.header())).unwrap();
        assert_eq!(range.end - range.start, entry.size);
    }
    let range = found[2].data(&read(found[2].header())).unwrap();
    assert!(range.start > 2 * LARGE && read(range) == b"here");
    let script = "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\n\
                  assert [i.file_size for i in z.infolist()] == [5 << 30, 5 << 30, 4]\n\
                  assert z.open('large').read(4) == b'\\0\\0\\0\\0'\nassert z.read('far') == b'here'\nprint('all fine')";
    python(script, &[path.to_str().unwrap()]);
    std::fs::remove_file(path).unwrap();
}

#[test]
fn names_that_are_not_written() {
    let long = |n: usize| "x".repeat(n);
    for name in ["", "/a", "a//b", "../a", "a/../b", "./a", "a\\b", "C:a", "a\0", "a\nb", &long(MAX_NAME + 1)]
    {
        assert_eq!(Writer::new().begin(name, THEN), Err(ZipError::Name), "{name:?}");
    }
    for name in ["a", "a/b/", "..a", "a..", "편지/😀.eml", &long(MAX_NAME)] {
        assert!(Writer::new().add(name, THEN, b"").is_ok(), "{name:?}");
    }
}

#[test]
fn times_out_of_range() {
    for (time, found) in [(i64::MIN / 2, 0), (-1, 0), (1, 1), (i64::from(i32::MAX) + 1, i64::from(i32::MAX))]
    {
        let mut writer = Writer::new();
        let mut file = writer.add("a", time, b"").unwrap();
        file.extend(writer.finish());
        assert_eq!(entries(&file).unwrap()[0].modified, found);
    }
}

#[test]
fn archives_that_lie() {
    let files = [("a".to_owned(), b"one".to_vec()), ("b".to_owned(), b"two".to_vec())];
    let good = archive(&files, 10);
    assert_eq!(entries(&good).unwrap().len(), 2);
    assert_eq!(entries(b""), Err(ZipError::NotZip));
    assert_eq!(entries(&good[..good.len() - 1]), Err(ZipError::NotZip));
    let end = good.len() - END_SIZE;
    let directory = u32::from_le_bytes(good[end + 16..end + 20].try_into().unwrap()) as usize;
    let second = directory + CENTRAL_SIZE + 1 + 9;
    let changed = |at: usize, bytes: &[u8]| {
        let mut file = good.clone();
        file[at..at + bytes.len()].copy_from_slice(bytes);
        entries(&file)
    };
    // The place of an empty directory is the archive's end.
    assert_eq!(entries(&Writer::new().finish()), Ok(Vec::new()));
    assert_eq!(changed(end + 4, &[1]), Err(ZipError::Split));
    assert_eq!(changed(end + 8, &[9]), Err(ZipError::Split));
    assert_eq!(changed(end + 8, &[9, 0, 9, 0]), Err(ZipError::Broken), "more than fit");
    assert_eq!(changed(end + 12, &[1]), Err(ZipError::Broken), "a smaller directory");
    assert_eq!(changed(end + 12, &[255; 4]), Err(ZipError::TooLarge));
    assert_eq!(changed(end + 16, &[255; 4]), Err(ZipError::Broken), "a place behind the end");
    assert_eq!(changed(directory, &[0]), Err(ZipError::Broken), "no signature");
    assert_eq!(changed(second + 42, &[0; 4]), Err(ZipError::Broken), "two entries at one place");
    assert_eq!(changed(second + 20, &[255, 0, 0, 0]), Err(ZipError::Broken), "an entry into the directory");
    assert!(changed(directory + 8, &[1]).unwrap()[0].encrypted);
    // The local header is judged when it is needed.
    let found = entries(&good).unwrap();
    let mut header = part(&good, found[1].header());
    assert_eq!(found[1].data(&header[..20]), Err(ZipError::Broken));
    header[28] = 255;
    assert_eq!(found[1].data(&header), Err(ZipError::Broken));
    header[0] = 0;
    assert_eq!(found[1].data(&header), Err(ZipError::Broken));
}

proptest! {
    #[test]
    fn there_and_back(
        files in proptest::collection::vec(("[a-z가-힣]{1,8}(/[a-z. ]{3,8})?", proptest::collection::vec(any::<u8>(), 0..200)), 0..8),
        size in 1usize..50,
    ) {
        let file = archive(&files, size);
        let found = entries(&file).unwrap();
        prop_assert_eq!(found.len(), files.len());
        for (n, ((name, content), entry)) in files.iter().zip(&found).enumerate() {
            prop_assert_eq!((&entry.name, entry.method, entry.modified), (name, Method::Stored, THEN + n as i64));
            prop_assert_eq!(&data(&file, entry), content);
            prop_assert_eq!((entry.crc, entry.size, entry.packed), (Crc32::of(content), content.len() as u64, content.len() as u64));
        }
    }

    #[test]
    fn any_change_is_read_or_refused(at in 0usize..400, byte in any::<u8>(), cut in 0usize..400, prefix in 0usize..3) {
        let files = [("a".to_owned(), b"one".to_vec()), ("b/c".to_owned(), b"two".to_vec())];
        let mut file = [vec![b'P'; prefix], archive(&files, 1)].concat();
        if let Some(place) = file.get_mut(at) {
            *place = byte;
        }
        for file in [&file[..], &file[..cut.min(file.len())]] {
            for entry in entries(file).unwrap_or_default() {
                let header = part(file, entry.header());
                if let Ok(range) = entry.data(&header) {
                    prop_assert!(range.start <= range.end && range.end <= file.len() as u64);
                }
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(start in proptest::collection::vec(any::<u8>(), 0..300), end in proptest::collection::vec(any::<u8>(), 18)) {
        let file = [start, END.to_le_bytes().to_vec(), end].concat();
        let _ = entries(&file);
    }
}
