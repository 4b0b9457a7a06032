//! The size budget of the page: what a first visit downloads, brotli-compressed, and what a second page adds to it.
use crate::delta::CODING;
use crate::sh::Result;
use crate::wasm::Route;
use std::fs;
use std::path::Path;

const FRONTEND: &str = "pyeonji_frontend";
const DEVICE: &str = "pyeonji_device";
const TAKEOUT: &str = "pyeonji_takeout";
const LAB: &str = "pyeonji_lab";

/// The mail page's modules, from the smallest to that with everything, and the lab's.
const MODULES: [&str; 4] = [FRONTEND, DEVICE, TAKEOUT, LAB];

/// Bytes of all files that a page loads with each of them: just above what they are, so that growth is a decision. The first stays,
/// with the sign-in and fifty rows, below 230 KB. docs/adr/page-size.md says where they go.
const PAGES: [u64; 4] = [203_000, 290_000, 338_000, 156_000];

/// Two pages in a row by a browser that takes deltas, and bytes of all that both load.
const VISITS: [(&str, &str, u64); 2] = [(FRONTEND, LAB, 340_000), (FRONTEND, DEVICE, 332_000)];

/// Prints the files and fails when they are too large. A ready-made std isn't built for size: such a page is for trying out, and
/// only its figures are shown.
pub fn check(dist: &Path, route: Route) -> Result {
    let mut files = vec![dist.join("index.html.br")];
    let assets = fs::read_dir(dist.join("assets")).map_err(|e| format!("dist/assets: {e}"))?;
    files.extend(
        assets
            .filter_map(|e| e.ok().map(|e| e.path()))
            .filter(|p| p.extension().is_some_and(|e| e == "br" || e == CODING)),
    );
    files.sort();
    let mut all = Vec::new();
    for file in &files {
        let size = fs::metadata(file).map_err(|e| format!("{}: {e}", file.display()))?.len();
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let name = name.strip_suffix(".br").unwrap_or(&name).to_owned();
        eprintln!("    {size:>8}  {name}");
        all.push((name, size));
    }
    let pages = MODULES.into_iter().zip(PAGES).map(|(module, most)| {
        let sum = all.iter().filter(|(name, _)| loads(module, name)).map(|(_, size)| size).sum();
        (format!("with {module}"), sum, most)
    });
    let visits = VISITS.into_iter().map(|(first, then, most)| {
        let sum = all.iter().map(|(name, size)| size * times(first, then, name)).sum();
        (format!("with {first} and then {then}"), sum, most)
    });
    let sums: Vec<(String, u64, u64)> = pages.chain(visits).collect();
    for (what, sum, most) in &sums {
        eprintln!("    {sum:>8}  of {most} bytes {what}");
    }
    match sums.iter().find(|(_, sum, most)| sum > most) {
        Some((what, sum, most)) if route != Route::Target => {
            Err(format!("the page {what} is {sum} bytes, over its budget of {most}"))
        }
        _ => Ok(()),
    }
}

/// Whether the page with this module loads a file: its own, and all that belong to none. The style of mail on this device is for
/// both that have it, and so is what encrypts that mail, where it does.
fn loads(module: &str, file: &str) -> bool {
    if is_delta(file) {
        return false;
    }
    if file.starts_with("vault") || file.starts_with(DEVICE) && file.ends_with(".css") {
        return matches!(module, DEVICE | TAKEOUT);
    }
    file.starts_with(module) || !MODULES.iter().any(|other| file.starts_with(other))
}

/// How often a file is loaded by who opens one page and then another: what both have is kept but for the document, and the
/// second module comes as a delta to the first.
fn times(first: &str, then: &str, file: &str) -> u64 {
    if is_delta(file) {
        return u64::from(file.starts_with(then) && file.ends_with(&format!(".{first}.{CODING}")));
    }
    let module = file.ends_with(".wasm");
    match (loads(first, file), loads(then, file)) {
        (true, true) if file == "index.html" => 2,
        (true, _) => 1,
        (false, again) => u64::from(again && !module),
    }
}

fn is_delta(file: &str) -> bool {
    Path::new(file).extension().is_some_and(|e| e == CODING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_page_adds_a_document_its_own_files_and_a_delta() {
        let files = [
            ("index.html", 2),
            ("boot.0.js", 1),
            ("pyeonji_frontend_bg.0.wasm", 1),
            ("pyeonji_frontend.0.js", 1),
            ("pyeonji_lab_bg.0.wasm", 0),
            ("pyeonji_lab_bg.0.wasm.pyeonji_frontend.dcb", 1),
            ("pyeonji_lab_bg.0.wasm.pyeonji_device.dcb", 0),
            ("pyeonji_lab.0.js", 1),
            ("pyeonji_lab.0.css", 1),
            ("pyeonji_device.0.css", 0),
            ("pyeonji_device_bg.0.wasm.pyeonji_frontend.dcb", 0),
        ];
        for (file, expected) in files {
            assert_eq!(times(FRONTEND, LAB, file), expected, "{file}");
        }
        assert_eq!(times(FRONTEND, DEVICE, "pyeonji_device.0.css"), 1);
        assert_eq!(times(FRONTEND, DEVICE, "pyeonji_device_bg.0.wasm.pyeonji_frontend.dcb"), 1);
        assert!(!loads(LAB, "pyeonji_lab_bg.0.wasm.pyeonji_frontend.dcb"));
    }
}
