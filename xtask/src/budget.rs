//! The size budget of the page: what a first visit downloads, brotli-compressed.
use crate::sh::Result;
use crate::wasm::Route;
use std::fs;
use std::path::Path;

/// Bytes of all files that a page loads with one of its modules: for mail on a server, for mail on this device, and for taking that
/// elsewhere. Just above what they are, so that growth is a decision. The first stays, with the sign-in and fifty rows, below
/// 230 KB. docs/adr/page-size.md and two-modules.md say where they go.
const PAGES: [(&str, u64); 3] =
    [("pyeonji_frontend", 214_800), ("pyeonji_device", 290_000), ("pyeonji_takeout", 336_000)];

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
    for (page, most) in PAGES {
        // The style of mail on this device serves both pages that have it.
        let other = |name: &str| {
            let of = |(module, _): &&(&str, u64)| name.starts_with(*module);
            let module = PAGES.iter().find(of).map(|(module, _)| *module).filter(|module| *module != page);
            module.is_some_and(|_| page == "pyeonji_frontend" || !name.ends_with(".css"))
        };
        let sum: u64 = all.iter().filter(|(name, _)| !other(name)).map(|(_, size)| size).sum();
        eprintln!("    {sum:>8}  of {most} bytes (brotli) with {page}");
        if sum > most && route != Route::Target {
            return Err(format!("the page with {page} is {sum} bytes, over its budget of {most}"));
        }
    }
    Ok(())
}
