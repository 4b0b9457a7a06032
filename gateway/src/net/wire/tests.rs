//! What is kept of a session's connections, for how long, and what each line belongs to.
