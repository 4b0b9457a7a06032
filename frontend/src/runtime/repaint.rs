//! Measures what docs/adr/signals.md says: with 100,000 messages, one changed row repaints one row.
use super::{RUNTIME, select};
use crate::signals::Memo;
use crate::state::list::RowView;
use crate::state::model::Moment;
use crate::state::msg::{Action, LinkEvent};
use crate::state::{Msg, reduce};
use pyeonji_shared::call::list::FolderSnapshot;
use pyeonji_shared::event::Snapshot;
use pyeonji_shared::frame::{Limits, Welcome};
use pyeonji_shared::ids::{FolderName, ModSeq, Seq, SessionId, Uid, UidValidity};
use pyeonji_shared::message::{Flags, Row, Summary};
use reactive_graph::effect::ImmediateEffect;
use reactive_graph::owner::Owner;
use reactive_graph::traits::Notify;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

const SLOTS: u32 = 60;

fn handle(msg: Msg) {
    RUNTIME.with(|rt| {
        reduce(&mut rt.model.borrow_mut(), Moment { now: 1, random: [1; 16] }, msg);
        rt.changed.notify();
    });
}

fn welcome() -> Msg {
    let exists = 100_000;
    let summary =
        |seq: u32| Summary { uid: Uid(seq), subject: format!("Letter {seq}"), ..Summary::default() };
    let rows = (exists - 99..=exists).map(|seq| Row { seq: Seq(seq), summary: summary(seq) }).collect();
    let open = FolderSnapshot {
        folder: FolderName::inbox(),
        validity: UidValidity(1),
        exists,
        unseen: 0,
        modseq: ModSeq(0),
        rows,
        writable: true,
    };
    let snapshot = Snapshot {
        account: Default::default(),
        folders: vec![],
        open: Some(open),
        upstream: pyeonji_shared::account::UpstreamState::Online,
    };
    Msg::Link(LinkEvent::Welcome(Box::new(Welcome {
        session: SessionId::default(),
        resumed: false,
        snapshot: Some(snapshot),
        limits: Limits { upload: 1, message: 1, recipients: 1 },
    })))
}

#[test]
fn one_changed_row_repaints_one_row() {
    let owner = Owner::new();
    owner.set();
    handle(welcome());
    handle(Msg::Viewport { first: 0, last: SLOTS });
    let painted = Arc::new(AtomicU32::new(0));
    let rows: Vec<Memo<Option<RowView>>> = (0..SLOTS).map(|i| select(move |m| m.row(i))).collect();
    let effects: Vec<ImmediateEffect> = (rows.iter().copied())
        .map(|row| {
            let painted = painted.clone();
            ImmediateEffect::new(move || {
                row.with(|_| ());
                painted.fetch_add(1, Ordering::Relaxed);
            })
        })
        .collect();
    assert_eq!(painted.swap(0, Ordering::Relaxed), SLOTS, "each is painted at first");
    handle(Msg::ActOn(Uid(99_990), Action::Star));
    assert_eq!(painted.swap(0, Ordering::Relaxed), 1);
    assert!(rows[10].get_untracked().is_some_and(|r| r.flags.contains(Flags::FLAGGED)));
    let began = Instant::now();
    const TIMES: u32 = 200;
    for i in 0..TIMES {
        let action = if i % 2 == 0 { Action::Unstar } else { Action::Star };
        // The operation before was never answered; its place is needed.
        RUNTIME.with(|rt| rt.model.borrow_mut().overlay.ops.clear());
        handle(Msg::ActOn(Uid(99_990), action));
    }
    println!("one message handled with {SLOTS} row selectors: {:?}", began.elapsed() / TIMES);
    drop(effects);
}
