//! The seam between wasm-bindgen's script and its module, made small: names that only the two of them use become short ones,
//! and the script loses comments and indentation. docs/adr/page-size.md has the figures.
use crate::sh::Result;
use std::collections::BTreeMap;

const IMPORTS: u8 = 2;
const EXPORTS: u8 = 7;

/// What every module calls its script.
const MODULE: &str = "w";

/// Renames in both what wasm-bindgen named for itself, and squeezes the script.
pub fn shrink(wasm: &[u8], script: &str) -> Result<(Vec<u8>, String)> {
    let mut names = Names { script, short: BTreeMap::new(), module: None };
    let wasm = names.rewrite(wasm).ok_or("wasm-bindgen left a module that can't be read")?;
    Ok((wasm, squeeze(&names.replace())))
}

/// A script without the lines that are comments, without documentation, and without indentation. It must not have template
/// literals of several lines.
pub fn squeeze(script: &str) -> String {
    let mut out = String::with_capacity(script.len());
    let mut documentation = false;
    for line in script.lines().map(str::trim) {
        documentation |= line.starts_with("/**");
        if !documentation && !line.is_empty() && !line.starts_with("//") {
            out.push_str(line);
            out.push('\n');
        }
        documentation &= !line.ends_with("*/");
    }
    out
}

struct Names<'a> {
    script: &'a str,
    short: BTreeMap<String, String>,
    /// What imports are said to come from: one name for all of them.
    module: Option<String>,
}

impl Names<'_> {
    fn rewrite(&mut self, wasm: &[u8]) -> Option<Vec<u8>> {
        let mut out = wasm.get(..8)?.to_vec();
        let mut from = Reader(wasm.get(8..)?);
        while let Some(id) = from.byte() {
            let body = from.bytes()?;
            let body = match id {
                IMPORTS => self.imports(body)?,
                EXPORTS => self.exports(body)?,
                _ => body.to_vec(),
            };
            out.push(id);
            put_bytes(&mut out, &body);
        }
        Some(out)
    }

    fn imports(&mut self, body: &[u8]) -> Option<Vec<u8>> {
        let mut from = Reader(body);
        let mut out = Vec::new();
        let count = from.number()?;
        put_number(&mut out, count);
        for _ in 0..count {
            let (module, name) = (from.text()?, from.text()?);
            put_bytes(&mut out, self.shorten_module(module).as_bytes());
            put_bytes(&mut out, self.shorten(name).as_bytes());
            let start = from.0;
            match from.byte()? {
                0 => drop(from.number()?),
                1 => {
                    from.byte()?;
                    from.limits()?;
                }
                2 => from.limits()?,
                3 => {
                    from.byte()?;
                    from.byte()?;
                }
                _ => return None,
            }
            out.extend_from_slice(start.get(..start.len() - from.0.len())?);
        }
        from.0.is_empty().then_some(out)
    }

    fn exports(&mut self, body: &[u8]) -> Option<Vec<u8>> {
        let mut from = Reader(body);
        let mut out = Vec::new();
        let count = from.number()?;
        put_number(&mut out, count);
        for _ in 0..count {
            put_bytes(&mut out, self.shorten(from.text()?).as_bytes());
            out.push(from.byte()?);
            put_number(&mut out, from.number()?);
        }
        from.0.is_empty().then_some(out)
    }

    /// The module's own script, as which it isn't looked up by anybody.
    fn shorten_module(&mut self, name: &str) -> String {
        if !name.starts_with("./") || !self.script.contains(&quoted(name)) {
            return name.to_owned();
        }
        self.module = Some(name.to_owned());
        MODULE.to_owned()
    }

    /// A new name for one that is wasm-bindgen's own and that the script uses.
    fn shorten(&mut self, name: &str) -> String {
        let own =
            ["__wbg_", "__wbindgen_", "__externref_", "wasm_bindgen__"].iter().any(|p| name.starts_with(p));
        if !own || !words(self.script).any(|w| w == name) {
            return name.to_owned();
        }
        let next = format!("${}", self.short.len());
        self.short.entry(name.to_owned()).or_insert(next).clone()
    }

    fn replace(&self) -> String {
        let mut out = String::with_capacity(self.script.len());
        let mut rest = self.script;
        for word in words(self.script) {
            if let Some(short) = self.short.get(word)
                && let Some((before, after)) = rest.split_once(word)
            {
                out.push_str(before);
                out.push_str(short);
                rest = after;
            } else if let Some((before, after)) = rest.split_once(word) {
                out.push_str(before);
                out.push_str(word);
                rest = after;
            }
        }
        out.push_str(rest);
        match &self.module {
            Some(module) => out.replace(&quoted(module), &quoted(MODULE)),
            None => out,
        }
    }
}

/// As the script names a module in what it gives to the instance.
fn quoted(module: &str) -> String {
    format!("\"{module}\": ")
}

/// Identifiers (and keywords and numbers), in order.
fn words(script: &str) -> impl Iterator<Item = &str> {
    script.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).filter(|w| !w.is_empty())
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// LEB128, as the WebAssembly specification writes every number here (§5.2.2).
    fn number(&mut self) -> Option<u32> {
        let mut value = 0_u32;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            value |= u32::from(byte & 0x7f).checked_shl(shift)?;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    fn limits(&mut self) -> Option<()> {
        let has_maximum = self.byte()? & 1 == 1;
        self.number()?;
        if has_maximum {
            self.number()?;
        }
        Some(())
    }
}

fn put_number(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(id: u8, body: &[u8]) -> Vec<u8> {
        let mut out = vec![id];
        put_bytes(&mut out, body);
        out
    }

    fn named(name: &str, rest: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        put_bytes(&mut out, name.as_bytes());
        out.extend_from_slice(rest);
        out
    }

    #[test]
    fn both_sides_get_the_same_short_names_and_nothing_else_changes() {
        let import = [named("./m.js", &[]), named("__wbg_focus_0123456789abcdef", &[0, 200, 1])].concat();
        let exports = [named("memory", &[2, 0]), named("__wbindgen_malloc", &[0, 7])].concat();
        let wasm = [
            b"\0asm\x01\0\0\0".to_vec(),
            section(2, &[vec![1], import].concat()),
            section(7, &[vec![2], exports].concat()),
            section(10, &[1, 2, 3]),
        ]
        .concat();
        let script = "/**\n * @returns {any}\n */\n  // a note\n  __wbg_focus_0123456789abcdef: f(x) {\n\
                      \x20   wasm.__wbindgen_malloc(x, wasm.memory);\n  }\n  \"./m.js\": import0,\n";
        let (small, script) = shrink(&wasm, script).unwrap();
        let expected = [
            b"\0asm\x01\0\0\0".to_vec(),
            section(2, &[vec![1], named("w", &[]), named("$0", &[0, 200, 1])].concat()),
            section(7, &[vec![2], named("memory", &[2, 0]), named("$1", &[0, 7])].concat()),
            section(10, &[1, 2, 3]),
        ];
        assert_eq!(small, expected.concat());
        assert_eq!(script, "$0: f(x) {\nwasm.$1(x, wasm.memory);\n}\n\"w\": import0,\n");
    }

    #[test]
    fn names_that_the_script_lacks_stay() {
        let wasm =
            [b"\0asm\x01\0\0\0".to_vec(), section(7, &[vec![1], named("__wbg_x_free", &[0, 1])].concat())];
        let (same, _) = shrink(&wasm.concat(), "let __wbg_x_freed;").unwrap();
        assert_eq!(same, wasm.concat());
    }

    #[test]
    fn a_module_that_ends_too_early_is_refused() {
        assert!(shrink(b"\0asm\x01\0\0\0\x02\x09\x01", "").is_err());
    }
}
