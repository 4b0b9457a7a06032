//! Star, read, move, delete: shown at once, taken back with an alert when the server refuses; undo.
use super::{Out, ask, cancel_all, list, mail, read, search};
use crate::state::effect::Effect;
use crate::state::mail::HERE;
use crate::state::model::{Model, Pending};
use crate::state::msg::Action;
use crate::state::notice::{Doing, MovedBack, NoticeKind, Text, Undo};
use crate::state::overlay::{Change, MovedOp, Op, Undoing};
use crate::state::route::Route;
use pyeonji_shared::account::SpecialUse;
use pyeonji_shared::call::organise::{Delete, Destination, Move, Moved, SetFlags};
use pyeonji_shared::call::{Call, Reply};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::folder::{FlagChange, FolderDelta};
use pyeonji_shared::ids::{FolderName, MessageSet, ModSeq, OpId, Seq, Uid};
use pyeonji_shared::message::Flags;

pub fn act(m: &mut Model, out: &mut Out, action: Action) {
    let mut uids = m.chosen();
    if uids.is_empty() {
        uids.extend(m.list.cursor);
    }
    act_on(m, out, uids, action);
}

pub fn act_on(m: &mut Model, out: &mut Out, uids: Vec<Uid>, action: Action) {
    run(m, out, uids, action, false);
}

/// Without a word, and only if the folder can be changed.
pub fn quietly(m: &mut Model, out: &mut Out, uid: Uid, action: Action) {
    if m.list.state.as_ref().is_some_and(|s| s.writable) {
        run(m, out, vec![uid], action, true);
    }
}

fn run(m: &mut Model, out: &mut Out, mut uids: Vec<Uid>, action: Action, quiet: bool) {
    uids.sort_unstable();
    uids.dedup();
    let Some(state) = m.list.state.as_ref().filter(|s| s.folder == m.list.folder) else { return };
    if uids.is_empty() {
        return;
    }
    if !state.writable {
        m.notices.alert(Text::ReadOnly);
        return;
    }
    let (folder, validity) = (state.folder.clone(), state.validity);
    if !has_room(m, Doing::Flags) {
        return;
    }
    let here = m.folders.special_of(&m.list.folder);
    let set = MessageSet { folder, validity, uids };
    let seen = Flags::SEEN;
    match action {
        Action::MarkRead => flags(m, out, set, seen, Flags::default(), quiet),
        Action::MarkUnread => flags(m, out, set, Flags::default(), seen, quiet),
        Action::Star => flags(m, out, set, Flags::FLAGGED, Flags::default(), quiet),
        Action::Unstar => flags(m, out, set, Flags::default(), Flags::FLAGGED, quiet),
        Action::ToggleStar => {
            let first = set.uids.first().and_then(|u| read::flags_of(m, *u)).unwrap_or_default();
            let next = if first.contains(Flags::FLAGGED) { Action::Unstar } else { Action::Star };
            run(m, out, set.uids, next, quiet);
        }
        Action::Archive if here == Some(SpecialUse::Archive) => {}
        Action::Archive => {
            leave(m, out, set, Some(Destination::Special(SpecialUse::Archive)), Doing::Archive)
        }
        // Whichever way one came here.
        Action::Delete if here == Some(SpecialUse::Trash) => m.confirm = Some(set),
        Action::Delete => leave(m, out, set, Some(Destination::Special(SpecialUse::Trash)), Doing::Delete),
        Action::Junk if here == Some(SpecialUse::Junk) => {}
        Action::Junk => leave(m, out, set, Some(Destination::Special(SpecialUse::Junk)), Doing::Junk),
        Action::NotJunk => leave(m, out, set, Some(Destination::Special(SpecialUse::Inbox)), Doing::Junk),
        Action::MoveTo(to) if to == set.folder => {}
        Action::MoveTo(to) => leave(m, out, set, Some(Destination::Folder(to)), Doing::Move),
    }
}

fn has_room(m: &mut Model, doing: Doing) -> bool {
    let full = m.overlay.is_full();
    if full {
        m.notices.alert(Text::Failed(doing, ApiError::new(ErrorKind::Busy)));
    }
    !full
}

/// The person was asked about [`Model::confirm`]. Those messages are meant, whatever is selected by now.
pub fn confirm(m: &mut Model, out: &mut Out, yes: bool) {
    let same = |s: &MessageSet| s.folder == m.list.folder && s.validity == m.list.validity();
    if let Some(set) = m.confirm.take().filter(|s| yes && same(s))
        && has_room(m, Doing::Delete)
    {
        leave(m, out, set, None, Doing::Delete);
    }
}

fn flags(m: &mut Model, out: &mut Out, mut set: MessageSet, add: Flags, remove: Flags, quiet: bool) {
    // Only those that change, so that undo restores exactly what was.
    set.uids.retain(|u| read::flags_of(m, *u).is_some_and(|now| now.without(remove).with(add) != now));
    if set.uids.is_empty() {
        return;
    }
    let unread = unread_change(&set, add, remove);
    let before = vec![(set.clone(), remove, add)];
    let call = Call::SetFlags(SetFlags { set: set.clone(), add, remove });
    let change = Change::Flags { add, remove };
    let undoing = if quiet { Undoing::Never } else { Undoing::Possible };
    push(m, out, Begin { set, change, unread, doing: Doing::Flags, before, undoing }, call);
}

fn unread_change(set: &MessageSet, add: Flags, remove: Flags) -> i64 {
    let n = i64::try_from(set.uids.len()).unwrap_or(0);
    i64::from(remove.contains(Flags::SEEN)) * n - i64::from(add.contains(Flags::SEEN)) * n
}

fn leave(m: &mut Model, out: &mut Out, set: MessageSet, to: Option<Destination>, doing: Doing) {
    let unseen = |u: &&Uid| read::flags_of(m, **u).is_some_and(|f| !f.contains(Flags::SEEN));
    let unread = -i64::try_from(set.uids.iter().filter(unseen).count()).unwrap_or(0);
    let places: Vec<(Uid, u32)> = list::places(m);
    // The cursor goes to the row that takes the place of the first one that leaves.
    let first = set.uids.iter().filter_map(|u| m.list.position(*u)).min();
    let call = match to {
        Some(to) => Call::Move(Move { set: set.clone(), to }),
        None => Call::Delete(Delete { set: set.clone() }),
    };
    for uid in &set.uids {
        m.list.selected.remove(uid);
    }
    let reading = m.reader.as_ref().is_some_and(|r| set.uids.binary_search(&r.at.uid).is_ok());
    let undoing = if matches!(call, Call::Move(_)) { Undoing::Possible } else { Undoing::Never };
    let begin = Begin { set, change: Change::Leave, unread, doing, before: Vec::new(), undoing };
    push(m, out, begin, call);
    list::rehide(m);
    list::keep_place(m, &places);
    if let Some(index) = first {
        m.list.want_cursor = Some(index.min(m.list.len().saturating_sub(1)));
        m.list.cursor = None;
        list::settle_cursor(m);
    }
    if reading {
        m.reader = None;
        cancel_all(m, out, |p| matches!(p, Pending::Read { background: false, .. }));
        m.route = Route::Folder(m.list.folder.clone());
        out.push(Effect::Path { path: m.route.path(), replace: true });
    }
    list::fill(m, out);
}

/// One operation as it begins.
struct Begin {
    set: MessageSet,
    change: Change,
    /// Change of the unread count that it makes.
    unread: i64,
    doing: Doing,
    /// What undo would set, per set of messages.
    before: Vec<(MessageSet, Flags, Flags)>,
    undoing: Undoing,
}

fn push(m: &mut Model, out: &mut Out, begin: Begin, call: Call) {
    let id = m.make_id();
    let notice = m.notices.reserve();
    let Begin { set, change, unread, doing, before, undoing } = begin;
    let version = m.folders.find(&set.folder).map_or(0, |e| e.version);
    m.overlay.ops.push(Op { id, set, change, unread, version, doing, undoing, before, notice });
    ask(m, out, Pending::Op(id), Some(id), call);
}

pub fn done(m: &mut Model, out: &mut Out, id: OpId, result: Result<Reply, ApiError>) {
    let Some(op) = m.overlay.take(id) else { return };
    match result {
        Ok(reply) => succeeded(m, out, op, reply),
        Err(error) => {
            let doing = if op.undoing == Undoing::Itself { Doing::Undo } else { op.doing };
            if error.kind == ErrorKind::ValidityChanged {
                list::reopen(m, out);
            }
            m.notices.alert(Text::Failed(doing, error));
        }
    }
    let places = list::places(m);
    list::rehide(m);
    list::keep_place(m, &places);
    list::fill(m, out);
}

fn succeeded(m: &mut Model, out: &mut Out, op: Op, reply: Reply) {
    let counted = m.folders.find(&op.set.folder).is_some_and(|e| e.version != op.version);
    if !counted {
        m.folders.adjust_unseen(&op.set.folder, op.unread);
    }
    let n = u32::try_from(op.set.uids.len()).unwrap_or(u32::MAX);
    let now = m.moment.now;
    match op.change {
        Change::Flags { add, remove } => {
            if !told_before(m) {
                write_through(m, &op.set, add, remove);
            }
            let text = match (add, remove) {
                (Flags::SEEN, _) => Text::MarkedRead(n),
                (_, Flags::SEEN) => Text::MarkedUnread(n),
                (Flags::FLAGGED, _) => Text::Starred(n),
                _ => Text::Unstarred(n),
            };
            // One star is seen where it was set; nothing need be said.
            let star = add.with(remove) == Flags::FLAGGED && n == 1;
            let kind = if star { NoticeKind::Quiet } else { NoticeKind::Status };
            match op.undoing {
                Undoing::Never => {}
                Undoing::Possible => m.notices.undoable(op.notice, now, kind, text, Undo::Flags(op.before)),
                Undoing::Asked => undo_flags(m, out, op.before),
                Undoing::Itself => drop(m.notices.status(now, Text::Undone)),
            }
        }
        Change::Leave => {
            if told_before(m) {
                // Results that the folder's picture doesn't hold; what left is heard of, and its UID may come back.
                search::forget(m, &op.set.uids);
            } else {
                m.overlay.settle_gone(&op.set);
            }
            for uid in &op.set.uids {
                m.bodies.forget(&read_ref(&op.set, *uid));
            }
            if op.undoing == Undoing::Itself {
                m.notices.status(now, Text::Undone);
                return;
            }
            let Reply::Moved(moved) = reply else {
                m.notices.status(now, Text::DeletedForever(n));
                return;
            };
            let text = match op.doing {
                Doing::Archive => Text::Archived(n),
                Doing::Delete => Text::Deleted(n),
                Doing::Junk if m.folders.special_of(&moved.to) == Some(SpecialUse::Inbox) => {
                    Text::NotJunked(n)
                }
                Doing::Junk => Text::Junked(n),
                _ => Text::Moved(n, moved.to.clone()),
            };
            let back = move_back(&op.set.folder, &moved);
            m.overlay.remember_move(MovedOp {
                id: op.id,
                from: op.set.folder.clone(),
                to: moved.to,
                copied: moved.copied,
            });
            match back {
                Some(back) if op.undoing == Undoing::Asked => undo_move(m, out, vec![back]),
                Some(back) => {
                    let undo = Undo::MoveBack(vec![back]);
                    m.notices.undoable(op.notice, now, NoticeKind::Status, text, undo);
                }
                None => {
                    m.notices.status(now, text);
                }
            }
        }
    }
}

/// Mail on this device: what an operation changed was told before its answer, and maybe newer changes after it. A server
/// may tell later.
fn told_before(m: &Model) -> bool {
    m.account.as_ref().is_some_and(|account| account.capabilities.device)
}

fn read_ref(set: &MessageSet, uid: Uid) -> pyeonji_shared::ids::MessageRef {
    pyeonji_shared::ids::MessageRef { folder: set.folder.clone(), validity: set.validity, uid }
}

fn move_back(from: &FolderName, moved: &Moved) -> Option<MovedBack> {
    let copied = moved.copied.as_ref().filter(|c| !c.uids.is_empty())?;
    let mut uids: Vec<Uid> = copied.uids.iter().map(|(_, new)| *new).collect();
    uids.sort_unstable();
    let set = MessageSet { folder: moved.to.clone(), validity: copied.validity, uids };
    Some(MovedBack { set, to: from.clone() })
}

/// Confirmed flags go into the rows, whether or not the server's own event came already.
fn write_through(m: &mut Model, set: &MessageSet, add: Flags, remove: Flags) {
    if let Some(search) = &mut m.list.search {
        for uid in &set.uids {
            if let Some(row) = search.rows.get_mut(uid) {
                row.flags = row.flags.without(remove).with(add);
            }
        }
    }
    let same =
        |s: &&mut pyeonji_shared::folder::FolderState| s.folder == set.folder && s.validity == set.validity;
    let Some(state) = m.list.state.as_mut().filter(same) else { return };
    let changes: Vec<FlagChange> = state
        .known()
        .filter(|(_, row)| set.uids.binary_search(&row.uid).is_ok())
        .map(|(seq, row)| FlagChange {
            seq: Seq(seq.0),
            uid: row.uid,
            flags: row.flags.without(remove).with(add),
            keywords: row.keywords.clone(),
            modseq: ModSeq(0),
        })
        .collect();
    let unseen = state.unseen;
    state.apply(FolderDelta::Flags { changes, unseen });
}

/// Undoes what was begun last. What isn't answered yet is undone as soon as it is.
pub fn undo_last(m: &mut Model, out: &mut Out) {
    let shown = m.notices.last_undoable();
    let waiting = m.overlay.ops.iter_mut().rev().find(|o| o.undoing == Undoing::Possible);
    match (waiting.filter(|o| shown.is_none_or(|id| id < o.notice)), shown) {
        (Some(op), _) => op.undoing = Undoing::Asked,
        (None, Some(id)) => undo(m, out, id),
        (None, None) => {}
    }
}

pub fn undo(m: &mut Model, out: &mut Out, id: u32) {
    let Some(notice) = m.notices.dismiss(id) else { return };
    match notice.undo {
        Some(Undo::MoveBack(sets)) => undo_move(m, out, sets),
        Some(Undo::Flags(sets)) => undo_flags(m, out, sets),
        Some(Undo::Tags(done)) if HERE => mail::untag(m, out, &done),
        Some(Undo::Discard(id)) => {
            if let Some(composer) = m.composer_mut(id) {
                composer.discarded = false;
            }
        }
        Some(Undo::Tags(_)) | None => {}
    }
}

fn undo_flags(m: &mut Model, out: &mut Out, sets: Vec<(MessageSet, Flags, Flags)>) {
    for (set, add, remove) in sets {
        let unread = unread_change(&set, add, remove);
        let call = Call::SetFlags(SetFlags { set: set.clone(), add, remove });
        let (change, doing, undoing) = (Change::Flags { add, remove }, Doing::Undo, Undoing::Itself);
        push(m, out, Begin { set, change, unread, doing, before: Vec::new(), undoing }, call);
    }
}

fn undo_move(m: &mut Model, out: &mut Out, sets: Vec<MovedBack>) {
    for MovedBack { set, to } in sets {
        let call = Call::Move(Move { set: set.clone(), to: Destination::Folder(to) });
        let (change, doing, undoing) = (Change::Leave, Doing::Undo, Undoing::Itself);
        push(m, out, Begin { set, change, unread: 0, doing, before: Vec::new(), undoing }, call);
    }
    list::rehide(m);
}
