//! Invariant 1: whatever dies at whatever step, the text comes back or was sent, and never twice.
use super::*;
use crate::state::compose::{Edit, Field, Phase, Start};
use crate::state::effect::Timer;
use crate::state::msg::{DeviceEvent, NewFile, Resolve, UploadEvent};
use crate::state::record::Record;
use proptest::prelude::*;
use pyeonji_shared::call::compose::Sent;
use pyeonji_shared::draft::{AttachmentSource, SentCopy};
use pyeonji_shared::error::ErrorKind;
use pyeonji_shared::ids::{BlobId, MessageRef, OpId};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What may go wrong next.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// One effect is carried out.
    Work,
    /// One answer reaches the page.
    Hear,
    /// The tab is closed and opened again; what was on the wire is carried out or not.
    Kill { wire: bool },
    /// The gateway restarts: forgets ops and uploads.
    Forget,
    /// What the mail server does with the next message.
    Mail(Fate),
}

#[derive(Clone, Copy, Debug)]
enum Fate {
    Taken,
    Refused,
    /// Sent, but the confirmation was lost.
    TakenUnknown,
    LostUnknown,
}

#[derive(Default)]
struct World {
    device: BTreeMap<OpId, Record>,
    sent: BTreeMap<String, u32>,
    ops: BTreeMap<OpId, Result<Reply, ApiError>>,
    blobs: BTreeSet<BlobId>,
    fates: VecDeque<Fate>,
    next_blob: u8,
}

impl World {
    fn send(&mut self, op: OpId, send: pyeonji_shared::call::compose::Send) -> Result<Reply, ApiError> {
        if let Some(known) = self.ops.get(&op) {
            return known.clone();
        }
        let outcome = self.send_anew(send);
        self.ops.insert(op, outcome.clone());
        outcome
    }

    fn send_anew(&mut self, send: pyeonji_shared::call::compose::Send) -> Result<Reply, ApiError> {
        let sent = |already| {
            let at = None::<MessageRef>;
            Ok(Reply::Sent(Sent { recipients: vec![], copy: SentCopy::Filed { at }, already, date: 0 }))
        };
        if send.again && self.sent.contains_key(&send.draft.message_id) {
            return sent(true);
        }
        for attachment in &send.draft.attachments {
            if let AttachmentSource::Upload(id) = attachment.source
                && !self.blobs.contains(&id)
            {
                return Err(ApiError::new(ErrorKind::UploadGone));
            }
        }
        let fate = self.fates.pop_front().unwrap_or(Fate::Taken);
        if matches!(fate, Fate::Taken | Fate::TakenUnknown) {
            *self.sent.entry(send.draft.message_id).or_default() += 1;
        }
        match fate {
            Fate::Taken => sent(false),
            Fate::Refused => Err(ApiError::new(ErrorKind::RecipientRefused)),
            Fate::TakenUnknown | Fate::LostUnknown => Err(ApiError::new(ErrorKind::SendUnknown)),
        }
    }
}

struct Run {
    world: World,
    page: Page,
    heard: VecDeque<Msg>,
    lives: u64,
}

impl Run {
    fn new() -> Run {
        let mut run =
            Run { world: World::default(), page: Page::blank(None), heard: VecDeque::new(), lives: 1 };
        run.open();
        run
    }

    fn open(&mut self) {
        self.lives += 1;
        self.page = Page::blank(Some("ada@blue.test"));
        self.page.salt = self.lives * 77_777;
        self.page.effects.clear();
        self.heard.clear();
        self.page.send(Msg::Link(LinkEvent::State(LinkState::Online)));
        self.page.send(welcome(snapshot("INBOX", 1, 1)));
        let records = self.world.device.values().cloned().collect();
        self.page.send(Msg::Device(DeviceEvent::Opened(records)));
    }

    /// Carries out the oldest effect. Its answer waits to be heard.
    fn work(&mut self) -> bool {
        if self.page.effects.is_empty() {
            return false;
        }
        match self.page.effects.remove(0) {
            Effect::Keep(record) => {
                let (composer, edition, stage) = (record.id, record.edition, record.stage);
                self.world.device.insert(composer, record);
                self.heard.push_back(Msg::Device(DeviceEvent::Kept { composer, edition, stage, ok: true }));
            }
            Effect::Forget { composer, .. } => {
                self.world.device.remove(&composer);
            }
            Effect::StoreBlob { composer, key } => {
                self.heard.push_back(Msg::Device(DeviceEvent::BlobStored { composer, key, ok: true }));
            }
            Effect::Upload { composer, key, .. } => {
                self.world.next_blob = self.world.next_blob.wrapping_add(1);
                let id = BlobId([self.world.next_blob; 16]);
                self.world.blobs.insert(id);
                self.heard.push_back(Msg::Upload(UploadEvent::Done { composer, key, result: Ok(id) }));
            }
            // The clock stands still here: what waits for time alone would wait for ever.
            Effect::Timer { timer: timer @ Timer::Keep(_), .. } => self.heard.push_back(Msg::Timer(timer)),
            Effect::Request { tag, op, call } => {
                let result = match call {
                    Call::Send(send) => self.world.send(op.unwrap(), send),
                    Call::FindSent(find) => {
                        let at = MessageRef {
                            folder: FolderName("Sent".into()),
                            validity: UidValidity(1),
                            uid: Uid(1),
                        };
                        let found = self.world.sent.contains_key(&find.message_id).then_some(at);
                        Ok(Reply::FoundSent(found))
                    }
                    _ => Err(ApiError::new(ErrorKind::Unsupported)),
                };
                self.heard.push_back(Msg::Link(LinkEvent::Done(tag, result)));
            }
            _ => {}
        }
        true
    }

    fn hear(&mut self) -> bool {
        let Some(msg) = self.heard.pop_front() else { return false };
        self.page.send(msg);
        true
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Work => {
                self.work();
            }
            Step::Hear => {
                self.hear();
            }
            Step::Kill { wire } => {
                if wire {
                    // The request had left already: the gateway goes on without the page.
                    let leaving = std::mem::take(&mut self.page.effects);
                    for effect in leaving {
                        if let Effect::Request { op: Some(op), call: Call::Send(send), .. } = effect {
                            let _ = self.world.send(op, send);
                        }
                    }
                }
                self.open();
            }
            Step::Forget => {
                self.world.ops.clear();
                self.world.blobs.clear();
            }
            Step::Mail(fate) => self.world.fates.push_back(fate),
        }
        self.never_twice();
    }

    fn never_twice(&self) {
        assert!(self.world.sent.values().all(|n| *n == 1), "sent twice: {:?}", self.world.sent);
    }

    /// Lets everything finish; a question is answered the careful way.
    fn settle(&mut self) {
        for _ in 0..2_000 {
            if self.work() | self.hear() {
                self.never_twice();
                continue;
            }
            let asked = self.page.m.composers.iter().find_map(|c| match &c.phase {
                Phase::Unknown { looked, .. } => Some((c.id, *looked)),
                _ => None,
            });
            match asked {
                Some((id, crate::state::compose::Looked::NotThere)) => {
                    self.page.send(Msg::Resolve(id, Resolve::SendAgain))
                }
                Some((id, _)) => self.page.send(Msg::Resolve(id, Resolve::Check)),
                None => return,
            }
        }
        panic!("does not come to rest");
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let fate = prop_oneof![
        Just(Fate::Taken),
        Just(Fate::Refused),
        Just(Fate::TakenUnknown),
        Just(Fate::LostUnknown)
    ];
    let step = prop_oneof![
        6 => Just(Step::Work),
        6 => Just(Step::Hear),
        2 => any::<bool>().prop_map(|wire| Step::Kill { wire }),
        1 => Just(Step::Forget),
        2 => fate.prop_map(Step::Mail),
    ];
    proptest::collection::vec(step, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    #[test]
    fn text_comes_back_or_was_sent_and_never_twice(steps in steps(), file: bool) {
        let mut run = Run::new();
        run.page.send(Msg::Compose(Start::New));
        let id = run.page.m.composers[0].id;
        run.page.send(Msg::Edit(id, Edit::AddRecipients(Field::To, "bora@green.test".into())));
        run.page.send(Msg::Edit(id, Edit::Text("precious".into())));
        if file {
            let key = OpId([9; 16]);
            let file = NewFile { key, name: "a.txt".into(), mime: "text/plain".into(), size: 10 };
            run.page.send(Msg::Attach(id, vec![file]));
        }
        // The pause after which the device has written.
        while run.work() | run.hear() {}
        prop_assert!(run.world.device.contains_key(&id));
        run.page.send(Msg::Send(id));
        for step in steps {
            run.step(step);
        }
        run.settle();
        run.open();
        run.settle();
        let sent = run.world.sent.values().sum::<u32>();
        let here = run.page.m.composers.iter().any(|c| c.text == "precious");
        prop_assert!(sent <= 1);
        prop_assert!(sent == 1 || here, "lost");
        prop_assert!(!(sent == 1 && here), "a sent message must not lie around as if it weren't");
    }
}

#[test]
fn sent_is_said_only_after_the_answer() {
    let mut run = Run::new();
    run.page.send(Msg::Compose(Start::New));
    let id = run.page.m.composers[0].id;
    run.page.send(Msg::Edit(id, Edit::AddRecipients(Field::To, "bora@green.test".into())));
    run.page.send(Msg::Send(id));
    let sent = |page: &Page| page.effects.iter().any(|e| matches!(e, Effect::Mark(m) if m.name == "sent"));
    while run.world.sent.is_empty() {
        assert!(!sent(&run.page) && run.page.m.composer(id).is_some());
        assert!(run.work() | run.hear(), "stuck");
    }
    while run.hear() {}
    assert!(sent(&run.page));
    assert!(run.page.m.composers.is_empty());
}

#[test]
fn a_refused_recipient_keeps_the_composer_with_the_error() {
    let mut run = Run::new();
    run.world.fates.push_back(Fate::Refused);
    run.page.send(Msg::Compose(Start::New));
    let id = run.page.m.composers[0].id;
    run.page.send(Msg::Edit(id, Edit::AddRecipients(Field::To, "bora@green.test".into())));
    run.page.send(Msg::Send(id));
    while run.work() | run.hear() {}
    let composer = run.page.m.composer(id).unwrap();
    assert_eq!(composer.phase, Phase::Editing);
    assert_eq!(composer.error.as_ref().map(|e| e.kind), Some(ErrorKind::RecipientRefused));
}
