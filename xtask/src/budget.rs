//! The size budget of the page: what a first visit downloads, brotli-compressed.
use crate::sh::Result;
use crate::wasm::Route;
use std::fs;
use std::path::Path;

/// Bytes of all files of the page: just above what it is, so that growth is a decision. With the sign-in and fifty rows, which
/// are some 20 KB, it stays below the 230 KB until the list stands. docs/adr/page-size.md says where they go.
const PAGE: u64 = 200 * 1024;

/// Prints the files and fails when they are too large. A ready-made std isn't built for size: such a page is for trying out, and
/// only its figures are shown.
pub fn check(dist: &Path, route: Route) -> Result {
    let mut files = vec![dist.join("index.html.br")];
    let assets = fs::read_dir(dist.join("assets")).map_err(|e| format!("dist/assets: {e}"))?;
    files.extend(
        assets.filter_map(|e| e.ok().map(|e| e.path())).filter(|p| p.extension().is_some_and(|e| e == "br")),
    );
    files.sort();
    let mut sum = 0;
    for file in &files {
        let size = fs::metadata(file).map_err(|e| format!("{}: {e}", file.display()))?.len();
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        eprintln!("    {size:>8}  {name}");
        sum += size;
    }
    eprintln!("    {sum:>8}  of {PAGE} bytes (brotli)");
    if sum > PAGE && route != Route::Target {
        Err(format!("the page is {sum} bytes, over its budget of {PAGE}"))
    } else {
        Ok(())
    }
}
