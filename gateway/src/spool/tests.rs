//! Uploads: what goes in comes out, bounds hold to the byte, and space is given back.
use super::*;
use bytes::Bytes;

fn spools(file: u64, own: u64, total: u64) -> Spools {
    let limits =
        Limits { upload_bytes: file, spool_bytes: own, spool_total_bytes: total, ..Limits::default() };
    Spools::start(&limits)
}

fn ticket(n: u8) -> LoginTicket {
    LoginTicket([n; 16])
}

async fn put(
    spools: &Spools,
    owner: LoginTicket,
    bytes: &[u8],
    step: usize,
) -> Result<Arc<Blob>, SpoolError> {
    let mut upload = spools.create(owner, BlobMeta::default(), None).await?;
    for part in bytes.chunks(step) {
        upload.append(Bytes::copy_from_slice(part)).await?;
    }
    upload.finish().await
}

async fn read(blob: &Arc<Blob>) -> Vec<u8> {
    let (mut reader, mut all) = (blob.reader(), Vec::new());
    while let Some(chunk) = reader.next().await {
        all.extend_from_slice(&chunk.unwrap());
    }
    all
}

#[tokio::test]
async fn every_size_around_a_chunk_reads_back_twice() {
    let spools = spools(1 << 20, 1 << 24, 1 << 24);
    for len in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK] {
        let bytes: Vec<u8> = (0..len).map(|i| (i % 251) as u8).collect();
        let id = put(&spools, ticket(1), &bytes, 7_001).await.unwrap().id();
        let blob = spools.open(ticket(1), id).await.unwrap();
        assert_eq!(blob.len(), len as u64);
        assert!(read(&blob).await == bytes && read(&blob).await == bytes, "{len}");
    }
}

#[tokio::test]
async fn nothing_readable_lies_on_disk() {
    use std::io::{Read, Seek};
    let spools = spools(1 << 20, 1 << 24, 1 << 24);
    let blob = put(&spools, ticket(1), &b"canary-4711 ".repeat(9_000), 999).await.unwrap();
    let (mut file, mut raw) = (blob.raw_file(), Vec::new());
    file.rewind().unwrap();
    file.read_to_end(&mut raw).unwrap();
    assert!(raw.len() > 100_000);
    assert!(!raw.windows(11).any(|w| w == b"canary-4711"));
}

#[tokio::test]
async fn a_file_may_be_as_large_as_the_limit_and_not_a_byte_larger() {
    let spools = spools(100_000, 1 << 24, 1 << 24);
    assert!(put(&spools, ticket(1), &vec![0; 100_000], 4096).await.is_ok());
    let over = put(&spools, ticket(1), &vec![0; 100_001], 4096).await;
    assert!(matches!(over, Err(SpoolError::FileTooBig)));
    let declared = spools.create(ticket(1), BlobMeta::default(), Some(100_001)).await;
    assert!(matches!(declared, Err(SpoolError::FileTooBig)));
    assert!(spools.create(ticket(1), BlobMeta::default(), Some(100_000)).await.is_ok());
}

#[tokio::test]
async fn space_is_bounded_per_sign_in_and_in_all_and_given_back() {
    let spools = spools(1 << 20, 4 * CHUNK as u64, 6 * CHUNK as u64);
    let four = vec![7; 4 * CHUNK];
    let first = put(&spools, ticket(1), &four, CHUNK).await.unwrap().id();
    assert!(matches!(put(&spools, ticket(1), b"x", 1).await, Err(SpoolError::Full(OWN))));
    // Another sign-in has its own room, but the whole is nearly full.
    assert!(matches!(put(&spools, ticket(2), &four, CHUNK).await, Err(SpoolError::Full(TOTAL))));
    assert!(put(&spools, ticket(2), &four[..2 * CHUNK], CHUNK).await.is_ok());
    assert!(spools.remove(ticket(1), first).await);
    assert!(put(&spools, ticket(1), &four, CHUNK).await.is_ok());
    assert!(matches!(spools.open(ticket(1), first).await, Err(SpoolError::Gone)));
}

#[tokio::test]
async fn the_number_of_uploads_is_bounded() {
    let spools = spools(1 << 20, 1 << 30, 1 << 30);
    for _ in 0..MAX_BLOBS {
        put(&spools, ticket(1), b"", 1).await.unwrap();
    }
    assert!(matches!(put(&spools, ticket(1), b"", 1).await, Err(SpoolError::Full(_))));
    assert!(put(&spools, ticket(2), b"", 1).await.is_ok());
}

#[tokio::test]
async fn sign_out_drops_all_even_what_is_under_way_but_not_under_a_reader() {
    let spools = spools(1 << 20, 1 << 24, 1 << 24);
    let done = put(&spools, ticket(1), b"letter", 6).await.unwrap();
    let held = spools.open(ticket(1), done.id()).await.unwrap();
    let mut under_way = spools.create(ticket(1), BlobMeta::default(), None).await.unwrap();
    under_way.append(Bytes::from_static(b"half")).await.unwrap();
    spools.remove_all(ticket(1)).await;
    assert!(matches!(spools.open(ticket(1), done.id()).await, Err(SpoolError::Gone)));
    assert!(matches!(under_way.finish().await, Err(SpoolError::Gone)));
    assert_eq!(read(&held).await, b"letter");
}

#[tokio::test]
async fn one_sign_in_cannot_read_anothers_upload() {
    let spools = spools(1 << 20, 1 << 24, 1 << 24);
    let id = put(&spools, ticket(1), b"mine", 4).await.unwrap().id();
    assert!(matches!(spools.open(ticket(2), id).await, Err(SpoolError::Gone)));
    assert!(!spools.remove(ticket(2), id).await);
}
