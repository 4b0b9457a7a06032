//! The size budget of the page: what a first visit downloads, brotli-compressed.
use crate::sh::Result;
use crate::wasm::Route;
use std::fs;
use std::path::Path;

/// Bytes of all files that a page loads, for mail on a server and for mail on this device: just above what they are, so that
/// growth is a decision. The first stays, with the sign-in and fifty rows, below 230 KB. docs/adr/page-size.md says where they go.
const PAGES: [(&str, u64); 2] = [("pyeonji_device", 214_800), ("pyeonji_frontend", 290_000)];

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
    for (other, most) in PAGES {
        let sum: u64 = all.iter().filter(|(name, _)| !name.starts_with(other)).map(|(_, size)| size).sum();
        eprintln!("    {sum:>8}  of {most} bytes (brotli) without {other}");
        if sum > most && route != Route::Target {
            return Err(format!("the page without {other} is {sum} bytes, over its budget of {most}"));
        }
    }
    Ok(())
}
