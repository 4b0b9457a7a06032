//! The socket: a pure client protocol and the glue to the browser.
