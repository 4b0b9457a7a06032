//! The size budget of the page: what a first visit downloads, brotli-compressed.
use crate::sh::Result;
use crate::wasm::Route;
use std::fs;
use std::path::Path;

/// The mail page's modules, from the smallest to that with everything, and the lab's.
const MODULES: [&str; 4] = ["pyeonji_frontend", "pyeonji_device", "pyeonji_takeout", "pyeonji_lab"];

/// Bytes of all files that a page loads with each of them: just above what they are, so that growth is a decision. The first stays,
/// with the sign-in and fifty rows, below 230 KB. docs/adr/page-size.md says where they go.
const PAGES: [u64; 4] = [214_800, 290_000, 334_000, 158_000];

/// Prints the files and fails when they are too large. A ready-made std isn't built for size: such a page is for trying out, and
/// only its figures are shown.
pub fn check(dist: &Path, route: Route) -> Result {
    let mut files = vec![dist.join("index.html.br")];
    let assets = fs::read_dir(dist.join("assets")).map_err(|e| format!("dist/assets: {e}"))?;
    files.extend(
        assets.filter_map(|e| e.ok().map(|e| e.path())).filter(|p| p.extension().is_some_and(|e| e == "br")),
    );
    files.sort();
    let mut all = Vec::new();
    for file in &files {
        let size = fs::metadata(file).map_err(|e| format!("{}: {e}", file.display()))?.len();
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        eprintln!("    {size:>8}  {name}");
        all.push((name, size));
    }
    for (module, most) in MODULES.into_iter().zip(PAGES) {
        let sum: u64 = all.iter().filter(|(name, _)| loads(module, name)).map(|(_, size)| size).sum();
        eprintln!("    {sum:>8}  of {most} bytes (brotli) with {module}");
        if sum > most && route != Route::Target {
            return Err(format!("the page with {module} is {sum} bytes, over its budget of {most}"));
        }
    }
    Ok(())
}

/// Whether the page with this module loads a file: its own, and all that belong to none. The style of mail on this device is for
/// both that have it, and so is what encrypts that mail, where it does.
fn loads(module: &str, file: &str) -> bool {
    if file.starts_with("vault") || file.starts_with("pyeonji_device") && file.ends_with(".css") {
        return matches!(module, "pyeonji_device" | "pyeonji_takeout");
    }
    file.starts_with(module) || !MODULES.iter().any(|other| file.starts_with(other))
}
