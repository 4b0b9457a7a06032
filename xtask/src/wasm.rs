//! Builds the page for wasm32 by the first route that works on this machine.
//!
//! 1. `rust-src` from rustup: std is built for size together with the page (smallest).
//! 2. The ready-made `wasm32-unknown-unknown` target from rustup.
//! 3. Debian's `rustc-web cargo-web rust-web-src lld`, where rustup can't download.
//!
//! `PYEONJI_WASM_ROUTE=src|target|debian` forces one.
use crate::sh::{self, Result};
use crate::{packages, sh::root};
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    Source,
    Target,
    Debian,
}

/// Unstable options, accepted by a stable compiler under `RUSTC_BOOTSTRAP=1`: std is optimised for size, panics abort at once
/// and don't carry the place in the source.
const BUILD_STD: [&str; 2] = ["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"];
const SMALL_PANIC: &str = "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none";
const TARGET: &str = "wasm32-unknown-unknown";

/// Builds the page with these features and returns the path of the `.wasm` file as rustc left it, and the route.
pub fn build(features: &str) -> Result<(PathBuf, Route)> {
    if let Some(route) = forced()? {
        route.install()?;
        return Ok((build_by(route, features)?, route));
    }
    let mut failed = Vec::new();
    // What is there already comes before anything that would be downloaded.
    for ready in [true, false] {
        for route in [Route::Source, Route::Target, Route::Debian] {
            let tried = failed.iter().any(|(of, _)| *of == route);
            if tried || route.is_installed() != ready {
                continue;
            }
            if !ready {
                sh::step(&format!("setting up the WASM target ({route:?} route)"));
            }
            match route.install().and_then(|()| build_by(route, features)) {
                Ok(file) => return Ok((file, route)),
                // The page's own fault is the same by every route.
                Err(why) if ready && page_is_broken() => return Err(why),
                Err(why) => {
                    eprintln!("    the {route:?} route doesn't work here: {why}");
                    failed.push((route, why));
                }
            }
        }
    }
    let reasons: Vec<String> = failed.into_iter().map(|(route, why)| format!("{route:?}: {why}")).collect();
    Err(format!("no way to build for {TARGET}. {}", reasons.join("; ")))
}

/// Whether the page doesn't even compile for this machine.
fn page_is_broken() -> bool {
    sh::run(&mut sh::cargo(&["check", "--locked", "--package", "pyeonji-frontend", "--features", "ui"]))
        .is_err()
}

fn build_by(route: Route, features: &str) -> Result<PathBuf> {
    let (folder, mut cargo) = match route {
        Route::Source => {
            let mut cargo = sh::cargo(&["build"]);
            cargo.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", SMALL_PANIC).args(BUILD_STD);
            ("target/wasm-src", cargo)
        }
        Route::Target => ("target/wasm-target", sh::cargo(&["build"])),
        Route::Debian => {
            let mut cargo = sh::command("/usr/bin/cargo", &["build"]);
            for name in ["RUSTUP_TOOLCHAIN", "CARGO", "RUSTC_WRAPPER"] {
                cargo.env_remove(name);
            }
            cargo
                .env("RUSTC", "/usr/bin/rustc")
                .env("RUSTC_BOOTSTRAP", "1")
                .env("RUSTFLAGS", format!("-Clinker=wasm-ld {SMALL_PANIC}"))
                .args(BUILD_STD);
            ("target/wasm-debian", cargo)
        }
    };
    cargo.env_remove("CARGO_TARGET_DIR").args([
        "--locked",
        "--target",
        TARGET,
        "--profile",
        "wasm",
        "--package",
        "pyeonji-frontend",
        "--features",
        features,
        "--target-dir",
        folder,
    ]);
    sh::step(&format!("building the page ({features}; {route:?} route; the first time takes some minutes)"));
    sh::run(&mut cargo)?;
    Ok(root().join(folder).join(TARGET).join("wasm/pyeonji_frontend.wasm"))
}

fn forced() -> Result<Option<Route>> {
    match std::env::var("PYEONJI_WASM_ROUTE").as_deref() {
        Ok("src") => Ok(Some(Route::Source)),
        Ok("target") => Ok(Some(Route::Target)),
        Ok("debian") => Ok(Some(Route::Debian)),
        Ok(other) => Err(format!("PYEONJI_WASM_ROUTE={other}: use src, target or debian")),
        Err(_) => Ok(None),
    }
}

impl Route {
    fn is_installed(self) -> bool {
        match self {
            Route::Source => source_installed(),
            Route::Target => target_installed(),
            Route::Debian => debian_installed(),
        }
    }

    fn install(self) -> Result {
        let ok = match self {
            Route::Source => source(),
            Route::Target => target(),
            Route::Debian => return debian(),
        };
        ok.then_some(()).ok_or_else(|| "rustup can't bring it".into())
    }
}

fn sysroot() -> Option<PathBuf> {
    let text = sh::quiet(&mut sh::command("rustc", &["--print", "sysroot"])).ok()?;
    Some(Path::new(text.trim()).to_path_buf())
}

fn source_installed() -> bool {
    sysroot().is_some_and(|s| s.join("lib/rustlib/src/rust/library/std/Cargo.toml").is_file())
}

fn target_installed() -> bool {
    sysroot().is_some_and(|s| s.join("lib/rustlib").join(TARGET).join("lib").is_dir())
}

fn debian_installed() -> bool {
    Path::new("/usr/bin/cargo").is_file()
        && sh::has("wasm-ld")
        && Path::new("/usr/lib/rustlib/src/rust").exists()
}

fn source() -> bool {
    source_installed() || (rustup(&["component", "add", "rust-src"]) && source_installed())
}

fn target() -> bool {
    target_installed() || (rustup(&["target", "add", TARGET]) && target_installed())
}

/// Rustup may hang on a closed network; a minute is enough to know.
fn rustup(args: &[&str]) -> bool {
    if !sh::has("rustup") {
        return false;
    }
    let mut command = Command::new("timeout");
    command.arg("60").arg("rustup").args(args).current_dir(root());
    sh::quiet(&mut command).is_ok()
}

fn debian() -> Result {
    if debian_installed() {
        return Ok(());
    }
    packages::install(&["rustc-web", "cargo-web", "rust-web-src", "lld"])?;
    if debian_installed() {
        Ok(())
    } else {
        Err("rustc-web, cargo-web, rust-web-src and lld don't fit together".into())
    }
}
