//! The open message and a small cache of others, so that neighbours open at once.
use pyeonji_shared::error::ApiError;
use pyeonji_shared::ids::{MessageRef, Uid};
use pyeonji_shared::message::MessageView;
use std::sync::Arc;

/// Views kept.
pub const MAX_BODIES: usize = 40;
/// Bytes of text and HTML kept.
pub const MAX_BODY_BYTES: usize = 8 << 20;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    pub at: MessageRef,
    pub body: Body,
    /// The person asked for remote images of this message.
    pub images: bool,
    /// Rises whenever another message is shown, so that the frame is rebuilt.
    pub rev: u32,
    /// The mark `body` was set.
    pub marked: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    Loading,
    /// `Arc` so that selectors compare by pointer first.
    Ready(Arc<MessageView>),
    Failed(ApiError),
}

impl Reader {
    pub fn view(&self) -> Option<&Arc<MessageView>> {
        match &self.body {
            Body::Ready(view) => Some(view),
            _ => None,
        }
    }
}

/// Least recently used first.
#[derive(Clone, Debug, Default)]
pub struct Bodies {
    kept: Vec<Arc<MessageView>>,
    bytes: usize,
}

impl Bodies {
    pub fn get(&mut self, at: &MessageRef) -> Option<Arc<MessageView>> {
        let index = self.kept.iter().position(|v| &v.at == at)?;
        let view = self.kept.remove(index);
        self.kept.push(view.clone());
        Some(view)
    }

    pub fn contains(&self, at: &MessageRef) -> bool {
        self.kept.iter().any(|v| &v.at == at)
    }

    pub fn put(&mut self, view: Arc<MessageView>) {
        self.forget(&view.at);
        self.bytes = self.bytes.saturating_add(weight(&view));
        self.kept.push(view);
        while self.kept.len() > MAX_BODIES || (self.bytes > MAX_BODY_BYTES && self.kept.len() > 1) {
            let old = self.kept.remove(0);
            self.bytes = self.bytes.saturating_sub(weight(&old));
        }
    }

    pub fn forget(&mut self, at: &MessageRef) {
        if let Some(index) = self.kept.iter().position(|v| &v.at == at) {
            let old = self.kept.remove(index);
            self.bytes = self.bytes.saturating_sub(weight(&old));
        }
    }

    /// Of whichever folder.
    pub fn forget_uid(&mut self, uid: Uid) {
        let found: Vec<MessageRef> =
            self.kept.iter().filter(|v| v.at.uid == uid).map(|v| v.at.clone()).collect();
        found.iter().for_each(|at| self.forget(at));
    }

    pub fn len(&self) -> usize {
        self.kept.len()
    }

    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

fn weight(view: &MessageView) -> usize {
    let html = view.html.as_ref().map_or(0, |h| h.0.len());
    html + view.text.len() + 200 * (view.to.len() + view.cc.len() + view.parts.len()) + 1_000
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use pyeonji_shared::ids::{FolderName, Uid, UidValidity};
    use pyeonji_shared::message::Flags;

    pub(crate) fn view(uid: u32, text: usize) -> MessageView {
        MessageView {
            at: MessageRef { folder: FolderName::inbox(), validity: UidValidity(1), uid: Uid(uid) },
            flags: Flags::default(),
            subject: String::new(),
            from: vec![],
            sender: None,
            reply_to: vec![],
            to: vec![],
            cc: vec![],
            bcc: vec![],
            more_addresses: 0,
            received: 0,
            sent: None,
            message_id: None,
            references: vec![],
            html: None,
            text: "x".repeat(text),
            remote_images: 0,
            parts: vec![],
            notes: vec![],
        }
    }

    #[test]
    fn bounded_by_number_and_by_bytes() {
        let mut bodies = Bodies::default();
        for uid in 0..200 {
            bodies.put(Arc::new(view(uid, 10)));
        }
        assert_eq!(bodies.len(), MAX_BODIES);
        assert!(bodies.contains(&view(199, 0).at) && !bodies.contains(&view(159, 0).at));
        for uid in 0..20 {
            bodies.put(Arc::new(view(uid, 1 << 20)));
            assert!(bodies.bytes() <= MAX_BODY_BYTES);
        }
        // One that alone is past the bound is still shown from the cache, alone.
        bodies.put(Arc::new(view(7, MAX_BODY_BYTES + 1)));
        assert_eq!(bodies.len(), 1);
    }

    #[test]
    fn what_was_read_last_stays() {
        let mut bodies = Bodies::default();
        for uid in 0..40 {
            bodies.put(Arc::new(view(uid, 1)));
        }
        assert!(bodies.get(&view(0, 0).at).is_some());
        bodies.put(Arc::new(view(99, 1)));
        assert!(bodies.contains(&view(0, 0).at));
        assert!(!bodies.contains(&view(1, 0).at));
    }
}
