//! Conversations with the submission server, without a socket.
