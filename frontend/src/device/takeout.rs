//! Files on their way out and in, as the browser has them: never more than some megabytes of one are in this page's memory.
use super::stored;
use crate::dom::files;
use crate::mailbox::Origin;
use crate::mailbox::brought::Along;
use js_sys::{Array, Reflect, Uint8Array};
use pyeonji_shared::device::Uidl;
use pyeonji_shared::ids::OpId;
use pyeonji_shared::message::Flags;
use pyeonji_shared::sorted::Sorted;
use std::ops::Range;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ReadableStream, ReadableStreamDefaultReader};

/// Bytes after which what was written becomes a file of the browser, which it may keep on disk.
const FLUSH: usize = 4 << 20;
/// Bytes of an index that are read; one of 500,000 messages is smaller.
const MAX_INDEX: u64 = 256 << 20;

/// A file that is being written.
pub struct Sink {
    parts: Array,
    held: usize,
    files: Array,
}

impl Default for Sink {
    fn default() -> Self {
        Self { parts: Array::new(), held: 0, files: Array::new() }
    }
}

impl Sink {
    pub fn push(&mut self, bytes: &[u8]) -> Option<()> {
        self.piece(&Uint8Array::from(bytes))
    }

    /// A piece that the browser has.
    pub fn piece(&mut self, piece: &Uint8Array) -> Option<()> {
        self.held += piece.length() as usize;
        self.parts.push(piece);
        if self.held > FLUSH { self.flush() } else { Some(()) }
    }

    fn flush(&mut self) -> Option<()> {
        self.files.push(Blob::new_with_u8_array_sequence(&self.parts).ok()?.as_ref());
        (self.parts, self.held) = (Array::new(), 0);
        Some(())
    }

    pub fn finish(mut self) -> Option<Blob> {
        self.flush()?;
        Blob::new_with_blob_sequence(&self.files).ok()
    }

    pub fn save(self, name: &str) -> Option<()> {
        stored::save_file(self.finish()?, name);
        Some(())
    }
}

/// A stored source, as the browser has it.
pub type Pieces = Array;

/// The pieces of a stored source.
pub fn pieces(source: &Pieces) -> impl Iterator<Item = Uint8Array> {
    source.iter().filter_map(|piece| piece.dyn_into().ok())
}

pub fn no_pieces() -> Pieces {
    Array::new()
}

pub fn with_piece(before: Pieces, last: &[u8]) -> Pieces {
    before.push(&Uint8Array::from(last));
    before
}

/// A file, or a part of one.
#[derive(Clone)]
pub struct File {
    pub name: String,
    blob: Blob,
}

impl File {
    pub fn held(key: OpId) -> Option<Self> {
        let blob = files::held(key)?;
        files::forget(key);
        let name = blob.dyn_ref::<web_sys::File>().map(web_sys::File::name).unwrap_or_default();
        Some(Self { name, blob })
    }

    pub fn new(blob: Blob) -> Self {
        Self { name: String::new(), blob }
    }

    pub fn size(&self) -> u64 {
        self.blob.size() as u64
    }

    pub fn slice(&self, range: Range<u64>) -> Option<Self> {
        let blob = self.blob.slice_with_f64_and_f64(range.start as f64, range.end as f64).ok()?;
        Some(Self { name: self.name.clone(), blob })
    }

    pub async fn bytes(&self) -> Option<Vec<u8>> {
        let buffer = JsFuture::from(self.blob.array_buffer()).await.ok()?;
        Some(Uint8Array::new(&buffer).to_vec())
    }

    /// As it is, or unpacked (RFC 1951) where the browser can.
    pub fn stream(&self, packed: bool) -> Option<Stream> {
        let mut stream: ReadableStream = self.blob.stream();
        if packed {
            let window: JsValue = web_sys::window()?.into();
            let make: js_sys::Function =
                Reflect::get(&window, &"DecompressionStream".into()).ok()?.dyn_into().ok()?;
            let through = Reflect::construct(&make, &Array::of1(&"deflate-raw".into())).ok()?;
            let pipe: js_sys::Function =
                Reflect::get(&stream, &"pipeThrough".into()).ok()?.dyn_into().ok()?;
            stream = pipe.call1(&stream, &through).ok()?.dyn_into().ok()?;
        }
        stream.get_reader().dyn_into().ok().map(Stream)
    }
}

/// A file being read from its beginning.
pub struct Stream(ReadableStreamDefaultReader);

impl Stream {
    /// The next bytes, `None` at the end; an error when it is damaged or gone.
    pub async fn next(&self) -> Result<Option<Vec<u8>>, JsValue> {
        let next = JsFuture::from(self.0.read()).await?;
        let value = Reflect::get(&next, &"value".into())?;
        Ok(value.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec))
    }
}

/// SHA-256; `None` where the page isn't in a secure context.
pub async fn digest(bytes: &[u8]) -> Option<[u8; 32]> {
    let window: JsValue = web_sys::window()?.into();
    let get =
        |from: &JsValue, name: &str| Reflect::get(from, &name.into()).ok().filter(|v| !v.is_undefined());
    let subtle = get(&get(&window, "crypto")?, "subtle")?;
    let digest: js_sys::Function = get(&subtle, "digest")?.dyn_into().ok()?;
    let digest = digest.call2(&subtle, &"SHA-256".into(), &Uint8Array::from(bytes)).ok()?;
    let buffer = JsFuture::from(digest.dyn_into::<js_sys::Promise>().ok()?).await.ok()?;
    Uint8Array::new(&buffer).to_vec().try_into().ok()
}

/// Lets so many milliseconds go by.
pub async fn pause(ms: i32) {
    let wait = super::promise(|resolve, _| {
        crate::dom::ui::clock::soon(ms, move || drop(resolve.call0(&JsValue::NULL)));
    });
    let _ = JsFuture::from(wait).await;
}

/// What an archive of ours says of what is in it.
#[derive(Default)]
pub struct Index {
    pub folders: Vec<String>,
    /// Boxed: they are moved about while the index grows.
    pub files: Sorted<String, Box<Along>>,
}

impl Index {
    /// `own`: whose mail is on this device. Names on a server mean something for the same account alone.
    pub async fn read(file: &File, packed: bool, own: &str) -> Option<Self> {
        if file.size() > MAX_INDEX {
            return None;
        }
        let (stream, mut bytes) = (file.stream(packed)?, Vec::new());
        while let Some(some) = stream.next().await.ok()? {
            bytes.extend(some);
            if bytes.len() as u64 > MAX_INDEX {
                return None;
            }
        }
        let json = js_sys::JSON::parse(&String::from_utf8(bytes).ok()?).ok()?;
        let same = text(&json, "account").as_deref() == Some(own);
        let mut index = Self::default();
        for entry in
            Array::from(&Reflect::get(&json, &"entries".into()).ok()?).iter().filter(JsValue::is_object)
        {
            let folder = text(&entry, "folder").unwrap_or_default();
            let Some(name) = text(&entry, "file") else {
                index.folders.push(folder);
                continue;
            };
            let along = Along {
                name: name.clone(),
                folder,
                flags: Flags(number(&entry, "flags").unwrap_or(0) as u16),
                keywords: words(&Reflect::get(&entry, &"keywords".into()).unwrap_or_default()),
                received: number(&entry, "received"),
                origin: Origin::from_number(number(&entry, "origin").unwrap_or(-1)),
                added: number(&entry, "added"),
                head_of: number(&entry, "head_of").and_then(|n| u64::try_from(n).ok()),
                uidl: text(&entry, "uidl").filter(|_| same).map(Uidl),
                exact: true,
            };
            index.files.insert(name, Box::new(along));
        }
        Some(index)
    }
}

fn text(of: &JsValue, name: &str) -> Option<String> {
    Reflect::get(of, &name.into()).ok()?.as_string()
}

/// A list; in older archives, words.
fn words(of: &JsValue) -> Vec<String> {
    match of.as_string() {
        Some(words) => words.split(' ').map(str::to_owned).collect(),
        None if of.is_object() => Array::from(of).iter().filter_map(|word| word.as_string()).collect(),
        None => Vec::new(),
    }
}

fn number(of: &JsValue, name: &str) -> Option<i64> {
    Reflect::get(of, &name.into()).ok()?.as_f64().map(|n| n as i64)
}
