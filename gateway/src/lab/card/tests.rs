//! Cards of scripted servers.
