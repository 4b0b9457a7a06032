//! Functions, their types and imports in one order for all modules. What several modules have comes first and has the same
//! numbers in each, so that it is the same bytes, which is what a delta lives on. docs/adr/two-modules.md has the figures.
use crate::sh::Result;
use rustc_demangle::demangle;
use std::collections::HashMap;
use std::convert::Infallible;
use wasm_encoder::reencode::{self, Reencode, utils};
use wasm_encoder::{CodeSection, FunctionSection, ImportSection, Module, TypeSection};
use wasmparser::{
    CodeSectionReader, CustomSectionReader, FunctionSectionReader, Import, ImportSectionReader, KnownCustom,
    Name, Parser, Payload, RecGroup, TypeRef, TypeSectionReader,
};

/// Who shares what comes first, by bits in the order of the modules: all four, the three of mail, the two of mail on this device.
const FIRST: [u32; 3] = [0b1111, 0b0111, 0b0110];

/// Rewrites modules that have their names still; these, and whatever else isn't run, are gone afterwards.
pub fn align(modules: &[Vec<u8>]) -> Result<Vec<Vec<u8>>> {
    let parts = modules.iter().map(|wasm| Parts::of(wasm)).collect::<Result<Vec<_>>>()?;
    let order = |keys: fn(&Parts) -> &[Key]| sorted(&parts.iter().map(keys).collect::<Vec<_>>());
    let (types, imports, functions) = (order(|p| &p.types), order(|p| &p.imports), order(|p| &p.functions));
    // Functions are counted from the imported ones on.
    let most = imports.iter().map(Vec::len).max().unwrap_or(0);
    let mut out = Vec::new();
    for (((wasm, types), imports), functions) in modules.iter().zip(types).zip(imports).zip(functions) {
        let mut order =
            Order { types, imports, functions, most, type_numbers: Vec::new(), function_numbers: Vec::new() };
        order.type_numbers = numbers(&order.types, 0);
        order.function_numbers = numbers(&order.imports, 0);
        order.function_numbers.extend(numbers(&order.functions, most));
        let mut module = Module::new();
        order
            .parse_core_module(&mut module, Parser::new(0), wasm)
            .map_err(|e| format!("ordering functions: {e}"))?;
        let bytes = module.finish();
        wasmparser::validate(&bytes).map_err(|e| format!("ordering functions broke a module: {e}"))?;
        out.push(bytes);
    }
    Ok(out)
}

/// What a thing is called in every module that has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Key(String);

#[derive(Default)]
struct Parts {
    types: Vec<Key>,
    /// Functions only.
    imports: Vec<Key>,
    functions: Vec<Key>,
}

impl Parts {
    fn of(wasm: &[u8]) -> Result<Self> {
        Self::read(wasm).map_err(|e| format!("reading a module: {e}"))
    }

    fn read(wasm: &[u8]) -> wasmparser::Result<Self> {
        let (mut types, mut imports, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
        let mut names = HashMap::new();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::TypeSection(section) => {
                    for group in section {
                        types.push(group?.types().map(|t| format!("{t:?}")).collect());
                    }
                }
                Payload::ImportSection(section) => {
                    let (functions, _) = split(section)?;
                    imports = functions.into_iter().map(|i| i.name.to_owned()).collect();
                }
                Payload::CodeSectionEntry(body) => sizes.push(body.range().len()),
                Payload::CustomSection(section) => {
                    let KnownCustom::Name(section) = section.as_known() else { continue };
                    for part in section {
                        let Name::Function(map) = part? else { continue };
                        for naming in map {
                            let naming = naming?;
                            names.insert(naming.index as usize, format!("{:#}", demangle(naming.name)));
                        }
                    }
                }
                _ => {}
            }
        }
        let first = imports.len();
        let functions = (0..sizes.len()).map(|n| names.remove(&(first + n)).unwrap_or_default()).collect();
        Ok(Self { types: unique(types), imports: unique(imports), functions: unique(functions) })
    }
}

/// The same name again gets a number.
fn unique(names: Vec<String>) -> Vec<Key> {
    let mut seen: HashMap<String, u32> = HashMap::new();
    let number = |name: String| {
        let count = seen.entry(name.clone()).or_default();
        *count += 1;
        Key(format!("{name}#{count}"))
    };
    names.into_iter().map(number).collect()
}

/// For each module the old places in their new order.
fn sorted(modules: &[&[Key]]) -> Vec<Vec<usize>> {
    let mut owners: HashMap<&Key, u32> = HashMap::new();
    for (n, keys) in modules.iter().enumerate() {
        for key in *keys {
            *owners.entry(key).or_default() |= 1 << n;
        }
    }
    let rank = |key: &Key| {
        let owners = owners.get(key).copied().unwrap_or(0);
        (FIRST.iter().position(|first| *first == owners).unwrap_or(FIRST.len()), owners)
    };
    let order = |keys: &&[Key]| {
        let mut order: Vec<(_, &Key, usize)> =
            keys.iter().enumerate().map(|(at, k)| (rank(k), k, at)).collect();
        order.sort();
        order.into_iter().map(|(_, _, at)| at).collect()
    };
    modules.iter().map(order).collect()
}

/// New numbers by old ones.
fn numbers(order: &[usize], from: usize) -> Vec<u32> {
    let mut pairs: Vec<(usize, usize)> =
        order.iter().enumerate().map(|(new, old)| (*old, from + new)).collect();
    pairs.sort_unstable();
    pairs.into_iter().map(|(_, new)| u32::try_from(new).unwrap_or(u32::MAX)).collect()
}

/// Imported functions, and what else is imported.
fn split(section: ImportSectionReader<'_>) -> wasmparser::Result<(Vec<Import<'_>>, Vec<Import<'_>>)> {
    let all = section.into_imports().collect::<wasmparser::Result<Vec<_>>>()?;
    Ok(all.into_iter().partition(|i| matches!(i.ty, TypeRef::Func(_) | TypeRef::FuncExact(_))))
}

/// One module being rewritten.
struct Order {
    types: Vec<usize>,
    imports: Vec<usize>,
    functions: Vec<usize>,
    /// Imported functions that every module has, for functions to begin with the same number.
    most: usize,
    type_numbers: Vec<u32>,
    function_numbers: Vec<u32>,
}

type Done = std::result::Result<(), reencode::Error<Infallible>>;

fn number(numbers: &[u32], old: u32) -> std::result::Result<u32, reencode::Error<Infallible>> {
    // What isn't there is refused when the whole is checked.
    Ok(numbers.get(old as usize).copied().unwrap_or(u32::MAX))
}

impl Reencode for Order {
    type Error = Infallible;

    fn type_index(&mut self, old: u32) -> std::result::Result<u32, reencode::Error<Infallible>> {
        number(&self.type_numbers, old)
    }

    fn function_index(&mut self, old: u32) -> std::result::Result<u32, reencode::Error<Infallible>> {
        number(&self.function_numbers, old)
    }

    fn parse_type_section(&mut self, types: &mut TypeSection, section: TypeSectionReader<'_>) -> Done {
        let groups = section.into_iter().collect::<wasmparser::Result<Vec<RecGroup>>>()?;
        for at in self.types.clone() {
            if let Some(group) = groups.get(at) {
                utils::parse_recursive_type_group(self, types.ty(), group.clone())?;
            }
        }
        Ok(())
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: ImportSectionReader<'_>,
    ) -> Done {
        let (functions, others) = split(section)?;
        let sorted: Vec<Import<'_>> =
            self.imports.iter().filter_map(|at| functions.get(*at)).copied().collect();
        // Importing the last one again costs a few bits, and nothing when it is loaded.
        let again = sorted.last().into_iter().cycle().take(self.most - sorted.len()).copied();
        for import in sorted.iter().copied().chain(again).chain(others) {
            self.parse_import(imports, import)?;
        }
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        out: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Done {
        let types = section.into_iter().collect::<wasmparser::Result<Vec<u32>>>()?;
        for at in self.functions.clone() {
            if let Some(kind) = types.get(at) {
                out.function(self.type_index(*kind)?);
            }
        }
        Ok(())
    }

    fn parse_code_section(&mut self, code: &mut CodeSection, section: CodeSectionReader<'_>) -> Done {
        let bodies = section.into_iter().collect::<wasmparser::Result<Vec<_>>>()?;
        for at in self.functions.clone() {
            if let Some(body) = bodies.get(at) {
                self.parse_function_body(code, body.clone())?;
            }
        }
        Ok(())
    }

    /// Names and tools: nothing that runs.
    fn parse_custom_section(&mut self, _: &mut Module, _: CustomSectionReader<'_>) -> Done {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{EntityType, ExportKind, ExportSection, Function, NameMap, NameSection};
    use wasmparser::Operator;

    /// A module of functions that call others, by names; all of them are exported.
    fn module(imports: &[&str], functions: &[(&str, &[&str])]) -> Vec<u8> {
        let all: Vec<&str> = imports.iter().copied().chain(functions.iter().map(|(name, _)| *name)).collect();
        let number = |name: &str| u32::try_from(all.iter().position(|n| *n == name).unwrap()).unwrap();
        let (mut types, mut imported, mut declared) =
            (TypeSection::new(), ImportSection::new(), FunctionSection::new());
        let (mut exports, mut code, mut names) = (ExportSection::new(), CodeSection::new(), NameMap::new());
        types.ty().function([], []);
        for name in imports {
            imported.import("./x.js", name, EntityType::Function(0));
        }
        for (name, calls) in functions {
            declared.function(0);
            exports.export(name, ExportKind::Func, number(name));
            let mut body = Function::new([]);
            for to in *calls {
                body.instructions().call(number(to));
            }
            body.instructions().end();
            code.function(&body);
        }
        all.iter().for_each(|name| names.append(number(name), name));
        let mut section = NameSection::new();
        section.functions(&names);
        let mut module = Module::new();
        module.section(&types).section(&imported).section(&declared).section(&exports).section(&code);
        module.section(&section).clone().finish()
    }

    /// Functions in their order: name, number, and what they call.
    fn read(wasm: &[u8]) -> Vec<(String, u32, Vec<String>)> {
        let (mut names, mut calls) = (HashMap::new(), Vec::new());
        let mut imported = 0;
        for payload in Parser::new(0).parse_all(wasm) {
            match payload.unwrap() {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        names.insert(imported, import.unwrap().name.to_owned());
                        imported += 1;
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export.unwrap();
                        names.insert(export.index, export.name.to_owned());
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    let operators = body.get_operators_reader().unwrap().into_iter();
                    let to = operators.filter_map(|o| match o.unwrap() {
                        Operator::Call { function_index } => Some(function_index),
                        _ => None,
                    });
                    calls.push(to.collect::<Vec<u32>>());
                }
                Payload::CustomSection(_) => panic!("names are left"),
                _ => {}
            }
        }
        let function = |(n, to): (usize, Vec<u32>)| {
            let number = imported + u32::try_from(n).unwrap();
            (names[&number].clone(), number, to.iter().map(|to| names[to].clone()).collect())
        };
        calls.into_iter().enumerate().map(function).collect()
    }

    fn aligned() -> Vec<Vec<(String, u32, Vec<String>)>> {
        let modules = [
            module(&["log"], &[("mail", &["all", "log"]), ("all", &["log"]), ("both", &["mail"])]),
            module(
                &["idb", "log"],
                &[
                    ("own", &["idb", "mail", "store"]),
                    ("mail", &["all", "log"]),
                    ("all", &["log"]),
                    ("store", &[]),
                ],
            ),
            module(&["log", "zip"], &[("store", &["zip"]), ("mail", &["all", "log"]), ("all", &["log"])]),
            module(&["log"], &[("lab", &["all"]), ("all", &["log"])]),
        ];
        align(&modules).unwrap().iter().map(|wasm| read(wasm)).collect()
    }

    #[test]
    fn every_function_calls_what_it_called() {
        let calls = |module: usize, name: &str| {
            let functions = aligned().swap_remove(module);
            functions.into_iter().find(|(n, _, _)| n == name).unwrap().2
        };
        assert_eq!(calls(0, "mail"), ["all", "log"]);
        assert_eq!(calls(0, "both"), ["mail"]);
        assert_eq!(calls(1, "own"), ["idb", "mail", "store"]);
        assert_eq!(calls(2, "store"), ["zip"]);
        assert_eq!(calls(3, "lab"), ["all"]);
    }

    #[test]
    fn what_modules_share_has_one_number_in_all_of_them() {
        let modules = aligned();
        let number = |module: usize, name: &str| {
            modules[module].iter().find(|(n, _, _)| n == name).map(|(_, number, _)| *number)
        };
        // The largest number of imports is two.
        assert_eq!([0, 1, 2, 3].map(|m| number(m, "all")), [Some(2); 4]);
        assert_eq!([0, 1, 2].map(|m| number(m, "mail")), [Some(3); 3]);
        assert_eq!([1, 2].map(|m| number(m, "store")), [Some(4); 2]);
        assert_eq!((number(0, "both"), number(1, "own"), number(3, "lab")), (Some(4), Some(5), Some(3)));
    }

    #[test]
    fn a_module_that_ends_too_early_is_refused() {
        let wasm = module(&["log"], &[("all", &["log"])]);
        assert!(align(&[wasm[..wasm.len() / 2].to_vec()]).is_err());
    }
}
