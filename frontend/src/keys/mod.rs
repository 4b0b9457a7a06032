//! One table: key -> command.
