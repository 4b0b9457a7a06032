//! Commands on the messages of the selected folder: FETCH, STORE, COPY, MOVE, EXPUNGE, SEARCH.
use super::command::StoreChange;
use super::fetch::Item;
use super::search::{Candidate, Context, Search};
use super::session::{Outcome, Session, done, wrong};
use super::view::{Say, View, say_flags};
use super::wire::{Set, Wrong, write_set};
use crate::sandbox::flags::{DELETED, Flags, SEEN};
use crate::sandbox::store::{Store, StoreError};
use crate::sandbox::world::Account;
use std::collections::VecDeque;
use std::sync::Arc;

/// A FETCH under way: it pauses whenever enough output waits.
pub struct Job {
    tag: String,
    /// Each with its sequence number.
    left: VecDeque<(u32, u32)>,
    items: Vec<Item>,
    changed_since: u64,
    uid: bool,
    missing: bool,
}

/// Messages looked at in one step, so that a long FETCH lets others at the store.
const STEP: usize = 200;

const NO_FOLDER: Wrong = Wrong::Bad("No folder is selected");
const READ_ONLY: Wrong = Wrong::No("[READ-ONLY] The folder was opened read-only");

/// The (sequence number, UID) pairs that a set names.
fn resolve(view: &View, uid: bool, set: &Set) -> Result<Vec<(u32, u32)>, Wrong> {
    let count = u32::try_from(view.messages.len()).unwrap_or(u32::MAX);
    let numbered = |from: usize, to: usize| {
        let slice = view.messages.get(from..to).unwrap_or_default();
        slice.iter().enumerate().map(move |(at, s)| ((from + at + 1) as u32, s.uid))
    };
    let mut found = Vec::new();
    if uid {
        for (from, to) in set.ranges(view.last_uid()) {
            let start = view.messages.partition_point(|s| s.uid < from);
            let end = view.messages.partition_point(|s| s.uid <= to);
            found.extend(numbered(start, end));
        }
        return Ok(found);
    }
    for (from, to) in set.ranges(count) {
        // RFC 9051 §9: a number beyond the folder is an error of the client.
        if from == 0 || to > count {
            return Err(Wrong::Bad("There is no message of that number"));
        }
        found.extend(numbered(from as usize - 1, to as usize));
    }
    Ok(found)
}

impl Session {
    fn opened(&self) -> Result<&View, Wrong> {
        self.view.as_ref().ok_or(NO_FOLDER)
    }

    fn writable(&self) -> Result<&View, Wrong> {
        self.opened().and_then(|view| if view.read_only { Err(READ_ONLY) } else { Ok(view) })
    }

    pub(super) fn begin_fetch(
        &mut self,
        tag: &str,
        uid: bool,
        set: &Set,
        mut items: Vec<Item>,
        changed_since: Option<u64>,
    ) -> Option<Outcome> {
        let left = match self.opened().and_then(|view| resolve(view, uid, set)) {
            Ok(left) => left.into(),
            Err(wrong) => return Some(Err(wrong)),
        };
        if uid && !items.contains(&Item::Uid) {
            items.insert(0, Item::Uid);
        }
        // RFC 7162 §3.1.4.1, §3.1: both make the connection aware of CONDSTORE.
        if changed_since.is_some() && !items.contains(&Item::ModSeq) {
            items.push(Item::ModSeq);
        }
        self.condstore |= items.contains(&Item::ModSeq);
        let tag = tag.to_owned();
        self.job =
            Some(Job { tag, left, items, changed_since: changed_since.unwrap_or(0), uid, missing: false });
        None
    }

    /// Does a part of the FETCH under way.
    pub(super) fn step(&mut self) {
        let (Some(mut job), Some(account)) = (self.job.take(), self.account()) else { return };
        let finished = account.with(|store| self.step_on(store, &mut job));
        if !finished {
            self.job = Some(job);
            return;
        }
        self.sync(if job.uid { Say::All } else { Say::NoExpunge });
        // RFC 2180 §4.1.3.
        let outcome =
            if job.missing { Ok("[EXPUNGEISSUED] Some messages are gone".to_owned()) } else { done("FETCH") };
        self.finish(&job.tag, outcome);
    }

    fn step_on(&mut self, store: &mut Store, job: &mut Job) -> bool {
        let most = self.world.bounds.output_bytes;
        let Some(view) = &mut self.view else { return true };
        let mut flagged = false;
        let mut reached_end = false;
        for _ in 0..STEP {
            let Some((seq, uid)) = job.left.pop_front() else {
                reached_end = true;
                break;
            };
            let Some(folder) = store.selected(view.validity) else { return true };
            let Some(message) = folder.find(uid) else {
                job.missing = true;
                continue;
            };
            if message.modseq <= job.changed_since {
                continue;
            }
            let Some(seen) = view.messages.get_mut(seq as usize - 1) else { continue };
            let mut message = message.clone();
            let reads = !view.read_only && job.items.iter().any(Item::reads) && !message.flags.has(SEEN);
            if reads {
                message.flags.set(SEEN);
                message.modseq = folder.set_flags(uid, message.flags.clone()).unwrap_or(message.modseq);
                flagged = true;
            }
            self.out.extend_from_slice(format!("* {seq} FETCH (").as_bytes());
            let mut first = true;
            let flags = (reads && !job.items.contains(&Item::Flags)).then_some(Item::Flags);
            for item in job.items.iter().chain(&flags) {
                if !std::mem::take(&mut first) {
                    self.out.push(b' ');
                }
                item.write(&message, seen.recent, &mut self.out);
                if *item == Item::Flags {
                    seen.modseq = message.modseq;
                }
            }
            self.out.extend_from_slice(b")\r\n");
            if self.out.len() >= most {
                break;
            }
        }
        store.version += u64::from(flagged);
        reached_end
    }

    pub(super) fn store(&mut self, account: &Account, uid: bool, set: &Set, change: &StoreChange) -> Outcome {
        let targets = resolve(self.writable()?, uid, set)?;
        let most = self.world.bounds.keywords;
        self.condstore |= change.unchanged_since.is_some();
        let (condstore, out) = (self.condstore, &mut self.out);
        let Some(view) = &mut self.view else { return Err(NO_FOLDER) };
        let mut modified: Vec<u32> = Vec::new();
        let mut too_many = false;
        account.with(|store| {
            let Some(folder) = store.selected(view.validity) else { return };
            for (seq, uid_number) in targets {
                let Some(message) = folder.find(uid_number) else { continue };
                if change.unchanged_since.is_some_and(|since| message.modseq > since) {
                    modified.push(if uid { uid_number } else { seq });
                    continue;
                }
                let Some(flags) = message.flags.changed(change.change, &change.flags, most) else {
                    too_many = true;
                    continue;
                };
                let before = message.modseq;
                let Some(modseq) = folder.set_flags(uid_number, flags) else { continue };
                let (Some(seen), Some(message)) =
                    (view.messages.get_mut(seq as usize - 1), folder.find(uid_number))
                else {
                    continue;
                };
                // RFC 3501 §6.4.6: .SILENT hides only this change, not what another session did before.
                let news = before > seen.modseq;
                seen.modseq = modseq;
                if !change.silent || news {
                    say_flags(u64::from(seq), message, seen.recent, condstore, out);
                } else if condstore {
                    let text = format!("* {seq} FETCH (UID {uid_number} MODSEQ ({modseq}))\r\n");
                    out.extend_from_slice(text.as_bytes());
                }
            }
            store.version += 1;
        });
        self.sync(if uid { Say::All } else { Say::NoExpunge });
        if too_many {
            return Err(Wrong::No("[LIMIT] Too many keywords"));
        }
        if modified.is_empty() {
            done("STORE")
        } else {
            Ok(format!("[MODIFIED {}] Some messages were changed meanwhile", write_set(modified)))
        }
    }

    pub(super) fn copy(
        &mut self,
        account: &Account,
        uid: bool,
        set: &Set,
        name: &str,
        remove: bool,
    ) -> Outcome {
        let view = if remove { self.writable()? } else { self.opened()? };
        let (validity, targets) = (view.validity, resolve(view, uid, set)?);
        let uids: Vec<u32> = targets.iter().map(|(_, uid)| *uid).collect();
        let copied = account.with(|store| {
            let copied = store.copy(validity, &uids, name);
            if remove && let Ok((_, pairs)) = &copied {
                let gone: Vec<u32> = pairs.iter().map(|(old, _)| *old).collect();
                store.expunge(validity, &gone);
            }
            copied
        });
        let (target, pairs) = copied.map_err(|e| match e {
            StoreError::NoFolder => Wrong::No("[TRYCREATE] There is no folder of that name"),
            e => wrong(e),
        })?;
        if pairs.is_empty() {
            self.sync(Say::All);
            return Ok("Nothing to copy".to_owned());
        }
        let (old, new) = (write_set(pairs.iter().map(|p| p.0)), write_set(pairs.iter().map(|p| p.1)));
        let code = format!("[COPYUID {target} {old} {new}]");
        if remove {
            // RFC 6851 §4.3: the code comes untagged, before the removals.
            self.line(&format!("* OK {code} Moved"));
            self.sync(Say::All);
            return done("MOVE");
        }
        self.sync(Say::All);
        Ok(format!("{code} COPY done"))
    }

    pub(super) fn expunge(&mut self, account: &Account, set: Option<&Set>) -> Outcome {
        let view = self.writable()?;
        let (validity, ranges) = (view.validity, set.map(|s| s.ranges(view.last_uid())));
        let named = |uid: u32| {
            ranges.as_ref().is_none_or(|all| all.iter().any(|(from, to)| (*from..=*to).contains(&uid)))
        };
        account.with(|store| remove_deleted(store, validity, named));
        self.sync(Say::All);
        done("EXPUNGE")
    }

    pub(super) fn search(&mut self, tag: &str, account: &Account, uid: bool, search: &Search) -> Outcome {
        self.condstore |= search.modseq;
        let view = self.opened()?;
        let context = Context {
            last_seq: u32::try_from(view.messages.len()).unwrap_or(u32::MAX),
            last_uid: view.last_uid(),
            now: self.world.clock.now(),
        };
        // Contents are shared, so the folder isn't held while bodies are read.
        let candidates: Vec<Candidate> = account.with(|store| {
            let Some(folder) = store.selected(view.validity) else { return Vec::new() };
            let known = view.messages.iter().zip(1u32..);
            known
                .filter_map(|(seen, seq)| {
                    folder.find(seen.uid).map(|m| Candidate { seq, recent: seen.recent, message: m.clone() })
                })
                .collect()
        });
        let hits: Vec<(u32, u64)> = candidates
            .iter()
            .filter(|c| search.matches(c, context))
            .map(|c| (if uid { c.message.uid } else { c.seq }, c.message.modseq))
            .collect();
        search.write(tag, uid, &hits, &mut self.out);
        self.sync(if uid { Say::All } else { Say::NoExpunge });
        done("SEARCH")
    }

    fn account(&self) -> Option<Arc<Account>> {
        self.signed_in().cloned()
    }
}

/// Removes the messages marked `\Deleted` that `named` picks.
pub fn remove_deleted(store: &mut Store, validity: u32, named: impl Fn(u32) -> bool) {
    let Some(folder) = store.selected(validity) else { return };
    let marked = |flags: &Flags| flags.has(DELETED);
    let gone: Vec<u32> =
        folder.messages.iter().filter(|m| marked(&m.flags) && named(m.uid)).map(|m| m.uid).collect();
    store.expunge(validity, &gone);
}
