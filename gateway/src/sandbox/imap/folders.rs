//! Commands on folders and accounts: LIST to QUOTA, SELECT, STATUS, APPEND.
use super::command::{Command, StatusItem};
use super::session::{Outcome, Session, done, wrong};
use super::view::{Say, View};
use super::wire::Wrong;
use super::{list, write};
use crate::sandbox::date::Moment;
use crate::sandbox::flags::{Flags, SEEN};
use crate::sandbox::message::Content;
use crate::sandbox::store::{NewMessage, Store, StoreError};
use crate::sandbox::world::Account;
use bytes::Bytes;
use std::ops::Range;

impl Session {
    pub(super) fn run_on_folders(&mut self, account: &Account, command: Command) -> Outcome {
        match command {
            Command::Check => {
                self.sync(Say::All);
                done("CHECK")
            }
            Command::Enable(names) => {
                let condstore = names.iter().any(|n| n == "CONDSTORE");
                self.condstore |= condstore;
                self.line(if condstore { "* ENABLED CONDSTORE" } else { "* ENABLED" });
                done("ENABLE")
            }
            Command::Namespace => {
                self.line("* NAMESPACE ((\"\" \"/\")) NIL NIL");
                done("NAMESPACE")
            }
            Command::List(listing) => {
                let out = &mut self.out;
                account.with(|store| listing.run(store, out));
                done("LIST")
            }
            Command::Lsub { pattern } => {
                let out = &mut self.out;
                account.with(|store| list::lsub(store, &pattern, out));
                done("LSUB")
            }
            Command::Status { name, items } => self.status(account, &name, &items),
            Command::Close | Command::Unselect => self.close(account, matches!(command, Command::Close)),
            Command::Quota(_) | Command::QuotaRoot(_) => self.quota(account, command),
            command => {
                let result = account.with(|store| change_folders(store, command));
                self.sync(Say::All);
                result.map(|()| "Done".to_owned())
            }
        }
    }

    pub(super) fn select(
        &mut self,
        account: &Account,
        name: &str,
        read_only: bool,
        condstore: bool,
    ) -> Outcome {
        self.condstore |= condstore;
        if self.view.take().is_some() {
            self.line("* OK [CLOSED] Previous folder closed");
        }
        let out = &mut self.out;
        let view = account.with(|store| -> Result<View, StoreError> {
            let folder = store.folder_mut(name)?;
            let view = View::open(folder, read_only);
            let mut keywords: Vec<&str> = folder.messages.iter().flat_map(|m| m.flags.keywords()).collect();
            keywords.sort_unstable();
            keywords.dedup();
            let flags: String = keywords.iter().take(500).map(|k| format!(" {k}")).collect();
            let flags = format!("\\Answered \\Flagged \\Deleted \\Seen \\Draft{flags}");
            let mut text = format!("* FLAGS ({flags})\r\n");
            text += &if read_only {
                "* OK [PERMANENTFLAGS ()] Read-only\r\n".to_owned()
            } else {
                format!("* OK [PERMANENTFLAGS ({flags} \\*)] Keywords may be added\r\n")
            };
            text += &format!("* {} EXISTS\r\n* {} RECENT\r\n", view.messages.len(), view.recent());
            if let Some(at) = folder.messages.iter().position(|m| !m.flags.has(SEEN)) {
                text += &format!("* OK [UNSEEN {}] First unseen\r\n", at + 1);
            }
            text += &format!("* OK [UIDVALIDITY {}] Valid\r\n", folder.validity);
            text += &format!("* OK [UIDNEXT {}] Predicted\r\n", folder.uid_next);
            text += &format!("* OK [HIGHESTMODSEQ {}] Highest\r\n", folder.modseq);
            out.extend_from_slice(text.as_bytes());
            Ok(view)
        });
        self.view = Some(view.map_err(wrong)?);
        Ok(if read_only { "[READ-ONLY] EXAMINE done" } else { "[READ-WRITE] SELECT done" }.to_owned())
    }

    fn status(&mut self, account: &Account, name: &str, items: &[StatusItem]) -> Outcome {
        let out = &mut self.out;
        account
            .with(|store| {
                store.folder(name).map(|folder| list::status(&Store::canonical(name), folder, items, out))
            })
            .map_err(wrong)?;
        self.sync(Say::All);
        done("STATUS")
    }

    fn close(&mut self, account: &Account, expunge: bool) -> Outcome {
        let Some(view) = self.view.take() else { return Err(Wrong::Bad("No folder is selected")) };
        if expunge && !view.read_only {
            account.with(|store| super::messages::remove_deleted(store, view.validity, |_| true));
        }
        done(if expunge { "CLOSE" } else { "UNSELECT" })
    }

    pub(super) fn append(
        &mut self,
        account: &Account,
        name: &str,
        flags: Flags,
        date: Option<Moment>,
        bytes: &Bytes,
        body: Range<usize>,
    ) -> Outcome {
        let date = date.unwrap_or_else(|| Moment::utc(self.world.clock.now()));
        let content = Content::new(bytes.slice(body));
        let placed = account.with(|store| store.append(name, NewMessage { flags, date, content }));
        let (validity, uid) = placed.map_err(|e| match e {
            // RFC 3501 §6.3.11.
            StoreError::NoFolder => Wrong::No("[TRYCREATE] There is no folder of that name"),
            e => wrong(e),
        })?;
        self.sync(Say::All);
        Ok(format!("[APPENDUID {validity} {uid}] APPEND done"))
    }

    fn quota(&mut self, account: &Account, command: Command) -> Outcome {
        let (used, count) = account.with(|store| (store.used_bytes(), store.count()));
        match command {
            Command::QuotaRoot(name) => {
                account.with(|store| store.folder(&name).map(|_| ())).map_err(wrong)?;
                self.out.extend_from_slice(b"* QUOTAROOT ");
                write::mailbox(&name, &mut self.out);
                self.line(" \"\"");
            }
            Command::Quota(root) if root.is_empty() => {}
            _ => return Err(Wrong::No("[NONEXISTENT] There is no such quota root")),
        }
        let bounds = &self.world.bounds;
        let text = format!(
            "* QUOTA \"\" (STORAGE {} {} MESSAGE {count} {})",
            used.div_ceil(1024),
            bounds.quota_bytes / 1024,
            bounds.account_messages
        );
        self.line(&text);
        done("GETQUOTA")
    }
}

fn change_folders(store: &mut Store, command: Command) -> Result<(), Wrong> {
    match command {
        Command::Create { name, special } => store.create(&name, special).map(|_| ()).map_err(wrong),
        Command::Delete(name) => store.delete(&name).map_err(wrong),
        Command::Rename { from, to } => store.rename(&from, &to).map_err(wrong),
        Command::Subscribe(name) => {
            let name = Store::canonical(name.strip_suffix('/').unwrap_or(&name));
            if !store.folders.contains_key(&name) {
                return Err(wrong(StoreError::NoFolder));
            }
            store.subscribed.insert(name);
            Ok(())
        }
        Command::Unsubscribe(name) => {
            store.subscribed.remove(&Store::canonical(&name));
            Ok(())
        }
        _ => Err(Wrong::Bad("Unknown command")),
    }
}
