//! Any bytes as one response: it is read, stepped over, or refused.
use pyeonji_gateway::imap::framer::Response;
use pyeonji_gateway::imap::response::parse;

pub fn run(data: &[u8]) {
    for head in ["* ", "* 1 FETCH (UID 1 ", "* 1 FETCH (BODYSTRUCTURE ", "* 1 FETCH (ENVELOPE ", "* OK [", ""]
    {
        let bytes = [head.as_bytes(), data, b")\r\n"].concat().into();
        let _ = parse(&Response { bytes, streamed: Vec::new(), cut: false });
    }
}
