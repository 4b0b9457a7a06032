//! The fuzz targets in one program, so that there is one thing to build and to link. `FUZZ_TARGET` names the one
//! to run; `cargo xtask fuzz` sets it. Where `FUZZ_SEEDS` names a folder, beginnings are written there.
#![no_main]

mod html;
mod imap_framer;
mod imap_response;
mod mime;
mod pop3;
mod scan;
mod seeds;
mod ws_frame;

use std::sync::OnceLock;

/// Name, what is run with each input, and inputs to begin with.
type Target = (&'static str, fn(&[u8]), fn() -> Vec<Vec<u8>>);

const TARGETS: &[Target] = &[
    ("imap_framer", imap_framer::run, seeds::imap_framer),
    ("imap_response", imap_response::run, seeds::imap_response),
    ("ws_frame", ws_frame::run, seeds::ws_frame),
    ("mime", mime::run, seeds::mime),
    ("scan", scan::run, seeds::scan),
    ("html", html::run, seeds::html),
    ("pop3", pop3::run, seeds::pop3),
];

static CHOSEN: OnceLock<fn(&[u8])> = OnceLock::new();

libfuzzer_sys::fuzz_target!(
    init: choose(),
    |data: &[u8]| {
        if let Some(run) = CHOSEN.get() {
            run(data);
        }
    }
);

fn choose() {
    let wanted = std::env::var("FUZZ_TARGET").unwrap_or_default();
    let Some((_, run, seeds)) = TARGETS.iter().find(|(name, ..)| *name == wanted) else {
        let names: Vec<_> = TARGETS.iter().map(|(name, ..)| *name).collect();
        eprintln!("FUZZ_TARGET={wanted}: it must be one of {}", names.join(" "));
        std::process::exit(2);
    };
    let _ = CHOSEN.set(*run);
    if let Some(folder) = std::env::var_os("FUZZ_SEEDS") {
        for (n, seed) in seeds().into_iter().enumerate() {
            let path = std::path::Path::new(&folder).join(format!("seed-{n}"));
            if let Err(why) = std::fs::write(&path, seed) {
                eprintln!("{}: {why}", path.display());
                std::process::exit(2);
            }
        }
    }
}
