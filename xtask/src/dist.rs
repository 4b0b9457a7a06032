//! The release page: wasm-bindgen, hashed names, brotli beside every file, size budget; then the gateway around it.
use crate::sh::{self, Result, root};
use crate::{budget, delta, glue, inputs, order, wasm};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// The page's modules, and what they are built with. Whoever keeps mail on this device loads the second one, and the third one to
/// take it out or bring it in. The lab is a page of its own.
const MODULES: [(&str, &str); 4] = [
    ("pyeonji_frontend", "ui"),
    ("pyeonji_device", "ui,device"),
    ("pyeonji_takeout", "ui,takeout"),
    ("pyeonji_lab", "lab"),
];

/// Modules that are also packed as what they add to another: who has been here has that one already. The order is
/// that of becoming them: the lab from either page of mail, mail on this device from mail on a server.
const DELTAS: [(&str, &str); 5] = [
    ("pyeonji_lab", "pyeonji_frontend"),
    ("pyeonji_lab", "pyeonji_device"),
    ("pyeonji_device", "pyeonji_frontend"),
    ("pyeonji_takeout", "pyeonji_device"),
    ("pyeonji_takeout", "pyeonji_frontend"),
];

/// What both modules look like, and what only the second one shows.
const STYLE: &str = "frontend/style";
const DEVICE_STYLE: &str = "frontend/style/device";
const LAB_STYLE: &str = "frontend/style/lab";

/// Builds `dist/` and `target/release/pyeonji` with the page embedded; returns the program's path.
pub fn run() -> Result<PathBuf> {
    page()?;
    gateway()
}

/// Builds `dist/` if anything that goes into it changed.
pub fn page() -> Result<PathBuf> {
    let dist = root().join("dist");
    let stamp = root().join("target/dist.stamp");
    let key = inputs::digest()?;
    if dist.join("index.html").is_file() && fs::read_to_string(&stamp).is_ok_and(|old| old == key) {
        return Ok(dist);
    }
    let work = root().join("target/dist-work");
    fs::create_dir_all(&work).map_err(|e| format!("{}: {e}", work.display()))?;
    let mut route = wasm::Route::Source;
    let mut modules = Vec::new();
    for (name, features) in MODULES {
        let (built, by) = wasm::build(features)?;
        // The next one is built in its place.
        let wasm = work.join(format!("{name}.wasm"));
        fs::copy(&built, &wasm).map_err(|e| format!("{}: {e}", built.display()))?;
        route = by;
        modules.push(wasm);
    }
    sh::step("packing the page");
    let _ = fs::remove_file(&stamp);
    if dist.exists() {
        fs::remove_dir_all(&dist).map_err(|e| format!("can't clear {}: {e}", dist.display()))?;
    }
    fs::create_dir_all(dist.join("assets")).map_err(|e| format!("dist: {e}"))?;
    for wasm in &modules {
        bind(wasm, &work)?;
    }
    assemble(&work, &dist)?;
    budget::check(&dist, route)?;
    fs::write(&stamp, key).map_err(|e| format!("{}: {e}", stamp.display()))?;
    Ok(dist)
}

fn gateway() -> Result<PathBuf> {
    sh::step("building the gateway");
    sh::run(&mut sh::cargo(&[
        "build",
        "--locked",
        "--release",
        "--package",
        "pyeonji-gateway",
        "--features",
        "embed",
    ]))?;
    Ok(root().join("target/release/pyeonji"))
}

fn bind(wasm: &Path, out: &Path) -> Result {
    wasm_bindgen_cli_support::Bindgen::new()
        .input_path(wasm)
        .web(true)
        .and_then(|b| {
            b.typescript(false)
                // They say which functions are the same in several modules.
                .remove_name_section(false)
                .demangle(false)
                .remove_producers_section(true)
                .split_linked_modules(false)
                .omit_default_module_path(true)
                .generate(out)
        })
        .map_err(|e| format!("wasm-bindgen: {e:#}"))
}

/// The style sheets of a folder in the order in which they are joined: by name.
fn styles(folder: &str) -> Result<Vec<PathBuf>> {
    let folder = root().join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .map_err(|e| format!("{}: {e}", folder.display()))?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "css"))
        .collect();
    files.sort();
    Ok(files)
}

/// Leaves first: a file's name carries the hash of its bytes, and whoever names it is rewritten before being hashed.
fn assemble(work: &Path, dist: &Path) -> Result {
    let frontend = root().join("frontend");
    let mut placed = Vec::new();
    let mut modules = Vec::new();
    let bound = MODULES.iter().map(|(name, _)| read(&work.join(format!("{name}_bg.wasm"))));
    let bound = order::align(&bound.collect::<Result<Vec<_>>>()?)?;
    for ((name, _), wasm) in MODULES.iter().zip(bound) {
        let (code, glue) = (format!("{name}_bg.wasm"), format!("{name}.js"));
        let (wasm, script) = glue::shrink(&wasm, &text(&work.join(&glue))?)?;
        let hashed = place(dist, &code, &wasm)?;
        modules.push((*name, hashed.clone(), wasm));
        placed.push((hashed, code));
        placed.push((place(dist, &glue, script.as_bytes())?, glue));
    }
    deltas(dist, &modules)?;
    let names: Vec<(&str, &str)> =
        placed.iter().map(|(hashed, name)| (name.as_str(), hashed.as_str())).collect();
    let sheet =
        |folder| -> Result<String> { styles(folder)?.iter().map(|file| Ok(squeeze(&text(file)?))).collect() };
    let css = sheet(STYLE)?;
    let device = place(dist, "pyeonji_device.css", sheet(DEVICE_STYLE)?.as_bytes())?;
    let lab = place(dist, "pyeonji_lab.css", sheet(LAB_STYLE)?.as_bytes())?;
    let css = place(dist, "app.css", rewrite(css, &names).as_bytes())?;
    let boot = rewrite(glue::squeeze(&text(&frontend.join("boot.js"))?), &names);
    let vault = place(dist, "vault.js", glue::squeeze(&text(&frontend.join("vault.js"))?).as_bytes())?;
    let boot = rewrite(
        boot,
        &[
            ("pyeonji_device.css", device.as_str()),
            ("pyeonji_lab.css", lab.as_str()),
            ("vault.js", vault.as_str()),
        ],
    );
    let boot = place(dist, "boot.js", boot.as_bytes())?;
    let page = rewrite(text(&frontend.join("index.html"))?, &names);
    let page = rewrite(page, &[("app.css", css.as_str()), ("boot.js", boot.as_str())]);
    write_both(&dist.join("index.html"), page.as_bytes())
}

/// Writes `assets/<the module's file>.<dictionary>.dcb` for those of [`DELTAS`].
fn deltas(dist: &Path, modules: &[(&str, String, Vec<u8>)]) -> Result {
    let find = |name| modules.iter().find(|(of, _, _)| *of == name).ok_or(format!("no module {name}"));
    for (name, from) in DELTAS {
        let ((_, hashed, bytes), (_, _, dictionary)) = (find(name)?, find(from)?);
        let packed = delta::pack(dictionary, bytes, &parameters(bytes))?;
        let file = dist.join("assets").join(format!("{hashed}.{from}.{}", delta::CODING));
        fs::write(&file, packed).map_err(|e| format!("{}: {e}", file.display()))?;
    }
    Ok(())
}

/// Writes `assets/name.<hash>.ext` and its brotli twin; returns the new file name.
fn place(dist: &Path, name: &str, bytes: &[u8]) -> Result<String> {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let hash = hex(&Sha256::digest(bytes));
    let hashed = format!("{stem}.{}.{extension}", hash.get(..12).unwrap_or(&hash));
    write_both(&dist.join("assets").join(&hashed), bytes)?;
    Ok(hashed)
}

fn rewrite(mut text: String, names: &[(&str, &str)]) -> String {
    for (from, to) in names {
        text = text.replace(&format!("/assets/{from}"), &format!("/assets/{to}"));
    }
    text
}

/// Leaves out comments and indentation of a style sheet; brotli does the rest.
fn squeeze(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(start) = rest.find("/*") {
        out.push_str(&rest[..start]);
        rest = rest[start..].find("*/").map_or("", |end| &rest[start + end + 2..]);
    }
    out.push_str(rest);
    out.lines().map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join("\n") + "\n"
}

fn write_both(path: &Path, bytes: &[u8]) -> Result {
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut packed, &parameters(bytes))
        .map_err(|e| format!("brotli: {e}"))?;
    let twin = PathBuf::from(format!("{}.br", path.display()));
    fs::write(path, bytes)
        .and_then(|()| fs::write(&twin, packed))
        .map_err(|e| format!("{}: {e}", path.display()))
}

fn parameters(bytes: &[u8]) -> brotli::enc::BrotliEncoderParams {
    brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, size_hint: bytes.len(), ..Default::default() }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|e| format!("{}: {e}", path.display()))
}

fn text(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
