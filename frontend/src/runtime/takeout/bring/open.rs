//! Messages out of files: mailboxes, archives, and messages that are files themselves.
use super::{Assembly, Bringing, Raw};
use crate::device::takeout::{File, Index, Stream};
use crate::mailbox::Origin;
use crate::mailbox::brought::{Along, LineEnds, folder_of, is_mail};
use crate::mailbox::out::INDEX;
use crate::state::mail::lost;
use crate::state::mail::takeout::Why;
use pyeonji_shared::device::mbox::{self, Event};
use pyeonji_shared::device::zip::{self, Crc32, Entry, Method};
use pyeonji_shared::error::ApiError;
use pyeonji_shared::message::Flags;
use std::collections::VecDeque;

/// Bytes by which a file is known.
const START: u64 = 256;
/// Where Google Takeout puts mail.
const TAKEOUT: &str = "Takeout/Mail/";

pub enum Open {
    Mailbox(Box<Mailbox>),
    Archive(Box<Archive>),
}

pub struct Mailbox {
    name: String,
    folder: String,
    stream: Stream,
    /// `None`: all of it is read.
    reader: Option<mbox::Reader>,
    events: VecDeque<Event>,
    /// The message that is being read, and when it came.
    now: Option<(Assembly, Option<i64>)>,
    count: u32,
    /// Octets as packed, counted at the end; without, they count as they are read.
    packed: Option<u64>,
}

pub struct Archive {
    file: File,
    entries: std::vec::IntoIter<Entry>,
    index: Index,
}

impl Bringing {
    /// The next message of the files; `None` when there is none left.
    pub(super) async fn next(&mut self) -> Result<Option<Raw>, ApiError> {
        loop {
            let raw = match self.open.pop() {
                None => match self.files.pop() {
                    Some(file) => self.file(file).await?,
                    None => return Ok(None),
                },
                Some(Open::Mailbox(mut mailbox)) => {
                    let raw = self.of_mailbox(&mut mailbox).await?;
                    if raw.is_some() {
                        self.open.push(Open::Mailbox(mailbox));
                    }
                    raw
                }
                Some(Open::Archive(mut archive)) => match archive.entries.next() {
                    Some(entry) => {
                        let (file, along) = (archive.file.clone(), archive.index.files.remove(&entry.name));
                        self.open.push(Open::Archive(archive));
                        self.of_archive(&file, &entry, along.map(|along| *along)).await?
                    }
                    None => None,
                },
            };
            if raw.is_some() {
                return Ok(raw);
            }
        }
    }

    /// Opens a file by what it begins with; a message is read at once.
    async fn file(&mut self, file: File) -> Result<Option<Raw>, ApiError> {
        let start = match file.slice(0..START) {
            Some(start) => start.bytes().await.unwrap_or_default(),
            None => Vec::new(),
        };
        let name = file.name.clone();
        let is_mailbox = start.starts_with(b"From ") || ends(&name, ".mbox");
        if start.starts_with(b"PK") {
            return Ok(self.archive(file).await.err().map(|why| Raw::failed(&name, why)));
        }
        let size = file.size();
        let Some(stream) = file.stream(false).filter(|_| is_mailbox || is_mail(&start)) else {
            self.read += size;
            return Ok(Some(Raw::failed(&name, Why::NotMail)));
        };
        if is_mailbox {
            self.mailbox(stream, name, String::new(), None);
            return Ok(None);
        }
        let along = Along { name, origin: Origin::Imported, ..Along::default() };
        let raw = self.message(stream, along, None).await?;
        self.read += size;
        Ok(Some(raw))
    }

    fn mailbox(&mut self, stream: Stream, name: String, folder: String, packed: Option<u64>) {
        let (reader, events) = (Some(mbox::Reader::new()), VecDeque::new());
        let mailbox = Mailbox { name, folder, stream, reader, events, now: None, count: 0, packed };
        self.open.push(Open::Mailbox(Box::new(mailbox)));
    }

    /// Reads the archive's directory, and the index if it is one of ours.
    async fn archive(&mut self, file: File) -> Result<(), Why> {
        let mut opening = zip::Opening::new(file.size());
        let entries = loop {
            let wanted =
                file.slice(opening.wants()).ok_or(Why::Damaged)?.bytes().await.ok_or(Why::Damaged)?;
            if let Some(entries) = opening.give(&wanted).map_err(|_| Why::Damaged)? {
                break entries;
            }
        };
        let mut index = Index::default();
        if let Some(entry) = entries.iter().find(|entry| entry.name == INDEX) {
            let (inside, packed) = inside(&file, entry).await?;
            index = Index::read(&inside, packed, &self.own).await.ok_or(Why::Damaged)?;
            self.folders.append(&mut index.folders);
        }
        self.open.push(Open::Archive(Box::new(Archive { file, entries: entries.into_iter(), index })));
        Ok(())
    }

    /// A message in an archive, or a mailbox in it, which is opened. Other files are passed over.
    async fn of_archive(
        &mut self,
        file: &File,
        entry: &Entry,
        along: Option<Along>,
    ) -> Result<Option<Raw>, ApiError> {
        let is_mailbox = ends(&entry.name, ".mbox");
        let is_mail = along.is_some() || is_mailbox || ends(&entry.name, ".eml");
        if !is_mail || entry.is_folder() {
            self.read += entry.packed;
            return Ok(None);
        }
        let opened = match inside(file, entry).await {
            Ok((inside, packed)) => inside.stream(packed).ok_or(Why::Locked),
            Err(why) => Err(why),
        };
        let stream = match opened {
            Ok(stream) => stream,
            Err(why) => {
                self.read += entry.packed;
                return Ok(Some(Raw::failed(&entry.name, why)));
            }
        };
        let path = entry.name.strip_prefix(TAKEOUT).unwrap_or(&entry.name);
        if is_mailbox && along.is_none() {
            let folder = path.get(..path.len().saturating_sub(".mbox".len())).unwrap_or(path).to_owned();
            self.mailbox(stream, entry.name.clone(), folder, Some(entry.packed));
            return Ok(None);
        }
        let found = || Along {
            name: entry.name.clone(),
            folder: path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned(),
            origin: Origin::Imported,
            ..Along::default()
        };
        let raw = self.message(stream, along.unwrap_or_else(found), Some(entry.crc)).await?;
        self.read += entry.packed;
        Ok(Some(raw))
    }

    /// Reads a file that is one message. One of an archive of ours stays as it is, octet by octet.
    async fn message(&mut self, stream: Stream, along: Along, crc: Option<u32>) -> Result<Raw, ApiError> {
        let mut source = self.assembly().await?;
        let (mut ends, mut sum) = ((!along.exact).then(LineEnds::default), Crc32::default());
        loop {
            match stream.next().await {
                Ok(Some(bytes)) => {
                    sum.push(&bytes);
                    let bytes = match &mut ends {
                        Some(ends) => ends.push(bytes),
                        None => bytes,
                    };
                    source.push(&bytes).await?;
                }
                Ok(None) if crc.is_none_or(|crc| crc == sum.value()) => break,
                _ => {
                    source.drop_pieces().await;
                    return Ok(Raw::failed(&along.name, Why::Damaged));
                }
            }
        }
        Ok(self.whole(along, source, None).await)
    }

    /// The next message of a mailbox; `None` at its end.
    async fn of_mailbox(&mut self, mailbox: &mut Mailbox) -> Result<Option<Raw>, ApiError> {
        loop {
            while let Some(event) = mailbox.events.pop_front() {
                match event {
                    Event::Begin(envelope) => {
                        mailbox.count += 1;
                        mailbox.now = Some((self.assembly().await?, envelope.date));
                    }
                    Event::Bytes(bytes) => {
                        if let Some((source, _)) = &mut mailbox.now {
                            source.push(&bytes).await?;
                        }
                    }
                    Event::End(marks) => {
                        let Some((source, received)) = mailbox.now.take() else { continue };
                        let deleted = marks.flags.contains(Flags::DELETED);
                        if deleted || marks.internal || source.size == 0 {
                            // What another program has thrown away, or keeps for itself.
                            self.left_out += u32::from(deleted);
                            source.drop_pieces().await;
                            continue;
                        }
                        let along = Along {
                            name: format!("{} #{}", mailbox.name, mailbox.count),
                            folder: folder_of(&marks.labels).unwrap_or(&mailbox.folder).clone(),
                            flags: marks.flags,
                            keywords: marks.keywords,
                            received,
                            origin: Origin::Imported,
                            ..Along::default()
                        };
                        return Ok(Some(self.whole(along, source, None).await));
                    }
                }
            }
            let Some(reader) = &mut mailbox.reader else { return Ok(None) };
            match mailbox.stream.next().await {
                Ok(Some(bytes)) => {
                    if mailbox.packed.is_none() {
                        self.read += bytes.len() as u64;
                    }
                    mailbox.events.extend(reader.push(&bytes));
                }
                Ok(None) => {
                    self.read += mailbox.packed.unwrap_or(0);
                    mailbox.events.extend(mailbox.reader.take().ok_or_else(lost)?.finish());
                }
                Err(_) => {
                    mailbox.reader = None;
                    if let Some((source, _)) = mailbox.now.take() {
                        source.drop_pieces().await;
                    }
                    return Ok(Some(Raw::failed(&mailbox.name, Why::Damaged)));
                }
            }
        }
    }
}

/// Where an entry's octets lie, and whether they are packed.
async fn inside(file: &File, entry: &Entry) -> Result<(File, bool), Why> {
    let packed = match entry.method {
        Method::Stored => false,
        Method::Deflated => true,
        Method::Other(_) => return Err(Why::Locked),
    };
    if entry.encrypted {
        return Err(Why::Locked);
    }
    let header = file.slice(entry.header()).ok_or(Why::Damaged)?.bytes().await.ok_or(Why::Damaged)?;
    let data = entry.data(&header).map_err(|_| Why::Damaged)?;
    Ok((file.slice(data).ok_or(Why::Damaged)?, packed))
}

fn ends(name: &str, ending: &str) -> bool {
    let at = name.len().checked_sub(ending.len());
    at.and_then(|at| name.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(ending))
}
