//! Whatever a client sends is a frame or an error, and a frame survives the way there and back.
use pyeonji_shared::codec::{decode_client, decode_server, encode_client, encode_server};

pub fn run(bytes: &[u8]) {
    if let Ok(frame) = decode_client(bytes) {
        assert_eq!(decode_client(&encode_client(&frame)), Ok(frame));
    }
    if let Ok(frame) = decode_server(bytes) {
        assert_eq!(decode_server(&encode_server(&frame)), Ok(frame));
    }
}
