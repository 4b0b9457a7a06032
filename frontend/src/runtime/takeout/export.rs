//! Writes an export: one message after the other out of the store into a file that the browser keeps.
use super::{goes_on, tell};
use crate::device::store;
use crate::device::takeout::{Pieces, Sink, pieces};
use crate::mailbox::out::{INDEX, Leaving, Plan};
use crate::state::mail::lost;
use crate::state::mail::takeout::{Failure, Step, Told, Why};
use pyeonji_shared::device::mbox;
use pyeonji_shared::device::zip::{self, Crc32};
use pyeonji_shared::error::{ApiError, ErrorKind};

/// Messages and bytes after which it is told how far it is.
const TOLD_MESSAGES: u32 = 50;
const TOLD_BYTES: u64 = 4 << 20;

pub async fn run(number: u32, plan: Plan) -> Result<(), ApiError> {
    let now = crate::dom::ui::clock::now() / 1000;
    let mut file = Out {
        sink: Sink::default(),
        zip: (!plan.plain).then(zip::Writer::new),
        number,
        step: Step::default(),
    };
    if let Some(index) = &plan.index {
        let head = file.entry(|zip| zip.add(INDEX, now, index.as_bytes()))?;
        file.write(&head)?;
        file.write(index.as_bytes())?;
    }
    for (name, letters) in plan.folders {
        if plan.index.is_some() {
            for letter in &letters {
                if !file.message(letter).await? {
                    return Ok(());
                }
            }
        } else if !letters.is_empty() {
            if file.zip.is_some() {
                let head = file.entry(|zip| zip.begin(&name, now))?;
                file.write(&head)?;
            }
            for letter in &letters {
                if !file.in_mailbox(letter).await? {
                    return Ok(());
                }
            }
        }
    }
    file.told(true);
    if let Some(zip) = file.zip.take() {
        file.write(&zip.finish())?;
    }
    file.sink.save(&plan.name).ok_or_else(full)
}

struct Out {
    sink: Sink,
    zip: Option<zip::Writer>,
    number: u32,
    step: Step,
}

/// The browser takes no more.
fn full() -> ApiError {
    ApiError::new(ErrorKind::DeviceFull)
}

impl Out {
    fn entry(
        &mut self,
        make: impl FnOnce(&mut zip::Writer) -> Result<Vec<u8>, zip::ZipError>,
    ) -> Result<Vec<u8>, ApiError> {
        let made = self.zip.as_mut().map(make).unwrap_or_else(|| Ok(Vec::new()));
        made.map_err(|error| ApiError::new(ErrorKind::TooBig).with_detail(&error.to_string()))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ApiError> {
        self.sink.push(bytes).ok_or_else(full)
    }

    /// An archive's next message as it is. `false`: nobody wants it any more.
    async fn message(&mut self, letter: &Leaving) -> Result<bool, ApiError> {
        let Some(source) = self.source(letter).await else { return Ok(goes_on(self.number)) };
        let (mut crc, mut size) = (Crc32::default(), 0);
        for piece in pieces(&source) {
            crc.push(&piece.to_vec());
            size += u64::from(piece.length());
        }
        let head = self.entry(|zip| zip.known(&letter.name, letter.date, size, crc.value()))?;
        self.write(&head)?;
        for piece in pieces(&source) {
            self.sink.piece(&piece).ok_or_else(full)?;
        }
        Ok(self.done(letter))
    }

    /// The next message of a mailbox file.
    async fn in_mailbox(&mut self, letter: &Leaving) -> Result<bool, ApiError> {
        let Some(source) = self.source(letter).await else { return Ok(goes_on(self.number)) };
        let mut writer = mbox::Writer::new();
        let begun = writer.begin(&letter.sender, letter.date, letter.flags, &letter.keywords);
        self.data(begun)?;
        for piece in pieces(&source) {
            let bytes = writer.push(&piece.to_vec());
            self.data(bytes)?;
        }
        self.data(writer.end())?;
        Ok(self.done(letter))
    }

    fn data(&mut self, bytes: Vec<u8>) -> Result<(), ApiError> {
        if let Some(zip) = &mut self.zip {
            zip.data(&bytes);
        }
        self.write(&bytes)
    }

    /// The pieces of a source; one that can't be read is a failure, and the others go on.
    async fn source(&mut self, letter: &Leaving) -> Option<Pieces> {
        let source = store::source(letter.uid).await.ok().filter(|source| source.length() > 0);
        if source.is_none() {
            let failure = Failure { name: letter.name.clone(), why: Why::Error(lost()) };
            self.step.failed.push(failure);
        }
        source
    }

    fn done(&mut self, letter: &Leaving) -> bool {
        self.step.made += 1;
        self.step.bytes += letter.size;
        self.told(false);
        goes_on(self.number)
    }

    fn told(&mut self, all: bool) {
        if all || self.step.made >= TOLD_MESSAGES || self.step.bytes >= TOLD_BYTES {
            tell(Told::Step(self.number, std::mem::take(&mut self.step)));
        }
    }
}
