//! Running other programs: where the project is, and a command that says what failed.
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub type Result<T = ()> = std::result::Result<T, String>;

/// The project's root folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// A command that runs in the project's root.
pub fn command(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(root());
    command
}

/// Cargo of the toolchain that runs xtask, free of what the outer cargo has set.
pub fn cargo(args: &[&str]) -> Command {
    let mut command = command("cargo", args);
    for (name, _) in std::env::vars() {
        if name.starts_with("CARGO_PKG_") || name == "CARGO_MANIFEST_DIR" || name == "CARGO_MANIFEST_PATH" {
            command.env_remove(name);
        }
    }
    command
}

/// Runs to the end with its output shown.
pub fn run(command: &mut Command) -> Result {
    let status = command.status().map_err(|e| format!("can't start {}: {e}", shown(command)))?;
    if status.success() { Ok(()) } else { Err(format!("{} failed ({status})", shown(command))) }
}

/// Goes on as that program, where a process can; otherwise runs it to its end.
pub fn become_it(command: &mut Command) -> Result {
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        let error = command.exec();
        Err(format!("can't start {}: {error}", shown(command)))
    }
    #[cfg(not(unix))]
    run(command)
}

/// Runs quietly; `Err` carries the last lines of what it said.
pub fn quiet(command: &mut Command) -> Result<String> {
    let output =
        command.stdin(Stdio::null()).output().map_err(|e| format!("can't start {}: {e}", shown(command)))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    let said = text(&output.stderr);
    let lines: Vec<&str> = said.lines().rev().take(5).collect();
    Err(format!("{} failed: {}", shown(command), lines.into_iter().rev().collect::<Vec<_>>().join(" | ")))
}

/// Whether a program of that name is on the PATH.
pub fn has(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|paths| std::env::split_paths(&paths).any(|p| p.join(program).is_file()))
        || ["/usr/sbin", "/sbin"].iter().any(|dir| Path::new(dir).join(program).is_file())
}

pub fn step(words: &str) {
    eprintln!("\u{1b}[1m==>\u{1b}[0m {words}");
}

fn shown(command: &Command) -> String {
    let args: Vec<_> = command.get_args().map(|a| a.to_string_lossy().into_owned()).collect();
    format!("`{} {}`", command.get_program().to_string_lossy(), args.join(" "))
}
