//! What stays in this browser: composers and attachments in IndexedDB, settings in `localStorage`.
