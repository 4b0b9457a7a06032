//! The gateway without a browser: sign-in, one message, and windows of rows at the far end of a mailbox (FETCH → summaries →
//! postcard → frame) beside the bare FETCH.
use super::cost::Signed;
use super::figures::Windows;
use super::floor::ms;
use super::imap::{Bare, ROW};
use super::mailbox::Mailbox;
use pyeonji_shared::call::list::Window;
use pyeonji_shared::call::read::Read;
use pyeonji_shared::call::{Call, Reply};
use pyeonji_shared::codec;
use pyeonji_shared::frame::ServerFrame;
use pyeonji_shared::ids::{MessageRef, RequestId, Uid};
use std::time::Instant;

const ROWS: u32 = 50;

/// Asks for the oldest rows again and again, on one session and on one bare connection.
pub async fn measure(url: &str, port: u16, ca: &str, mailbox: &Mailbox, repeats: u32) -> Windows {
    let mut windows = Windows::default();
    let mut bare = Bare::sign_in(port, ca, &mailbox.user, &mailbox.password).await;
    bare.run("SELECT INBOX (CONDSTORE)").await;
    for _ in 0..repeats / 4 {
        let (mut session, sign_in, socket) = Signed::timed(url, mailbox).await;
        windows.sign_in_ms.push(sign_in);
        windows.socket_ms.push(socket);
        let at = MessageRef { uid: Uid(mailbox.plain()), ..session.inbox() };
        let start = Instant::now();
        let reply = session.wire.call(Call::Read(Read { at, background: false })).await;
        windows.read_ms.push(ms(start.elapsed()));
        assert!(matches!(reply, Ok(Reply::Read(_))), "{reply:?}");
        session.sign_out().await;
    }
    let mut session = Signed::new(url, mailbox).await;
    let inbox = session.inbox();
    for n in 0..repeats {
        let last = (n + 1) * ROWS;
        if last > mailbox.messages {
            break;
        }
        let bytes = bare.bytes;
        let start = Instant::now();
        bare.run(&format!("FETCH {}:{last} {ROW}", last - ROWS + 1)).await;
        windows.bare_ms.push(ms(start.elapsed()));
        windows.bare_bytes = bare.bytes - bytes;
        let call = Call::Window(Window {
            folder: inbox.folder.clone(),
            validity: inbox.validity,
            offset: mailbox.messages - last,
            len: ROWS,
        });
        let start = Instant::now();
        let reply = session.wire.call(call).await;
        windows.gateway_ms.push(ms(start.elapsed()));
        let Ok(Reply::Window(answer)) = &reply else { panic!("{reply:?}") };
        assert_eq!(answer.rows.len(), ROWS as usize);
        let frame = codec::encode_server(&ServerFrame::Done { id: RequestId(1), result: reply });
        windows.frame_bytes = frame.len();
        let start = Instant::now();
        let decoded = codec::decode_server(&frame);
        windows.decode_ms.push(ms(start.elapsed()));
        assert!(decoded.is_ok());
    }
    bare.run("LOGOUT").await;
    session.sign_out().await;
    windows
}
