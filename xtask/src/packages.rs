//! Debian packages that tests and the WASM fallback need: installed as root, otherwise named in one command.
use crate::sh::{self, Result};

/// A program and the packages that bring it.
pub struct Need {
    pub program: &'static str,
    pub packages: &'static [&'static str],
}

pub const TESTS: &[Need] = &[
    Need { program: "dovecot", packages: &["dovecot-imapd", "dovecot-pop3d", "dovecot-lmtpd"] },
    Need { program: "postfix", packages: &["postfix"] },
    Need { program: "chromium", packages: &["chromium"] },
    Need { program: "chromedriver", packages: &["chromium-driver"] },
    Need { program: "python3", packages: &["python3"] },
    Need { program: "curl", packages: &["curl"] },
    Need { program: "openssl", packages: &["openssl"] },
    Need { program: "npm", packages: &["npm"] },
];

/// A mail program to be measured beside.
pub const BENCH: &[Need] = &[Need { program: "mpop", packages: &["mpop"] }];

/// Makes sure that every program is there.
pub fn ensure(needs: &[Need]) -> Result {
    let missing: Vec<&Need> = needs.iter().filter(|n| !sh::has(n.program)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().flat_map(|n| n.packages.iter().copied()).collect();
    install(&packages)?;
    match missing.iter().find(|n| !sh::has(n.program)) {
        Some(need) => {
            Err(format!("{} is still missing after installing {}", need.program, need.packages.join(" ")))
        }
        None => Ok(()),
    }
}

pub fn install(packages: &[&str]) -> Result {
    let by_hand = format!("apt-get install -y --no-install-recommends {}", packages.join(" "));
    if !sh::has("apt-get") {
        return Err(format!("needed and not installed: {} (no apt-get here)", packages.join(" ")));
    }
    if sh::quiet(&mut sh::command("id", &["-u"]))?.trim() != "0" {
        return Err(format!("needed and not installed; run: sudo {by_hand}"));
    }
    sh::step(&format!("installing {}", packages.join(" ")));
    sh::quiet(&mut sh::command("apt-get", &["update", "-q"]))?;
    let mut args = vec!["install", "-y", "-q", "--no-install-recommends"];
    args.extend(packages);
    let mut apt = sh::command("apt-get", &args);
    apt.env("DEBIAN_FRONTEND", "noninteractive");
    sh::quiet(&mut apt).map(|_| ()).map_err(|why| format!("{why}; by hand: {by_hand}"))
}

/// axe-core for the accessibility tests, from the npm registry into `target/`; returns the script's path.
pub fn axe() -> Result<std::path::PathBuf> {
    let folder = sh::root().join("target/npm");
    let script = folder.join("node_modules/axe-core/axe.min.js");
    if !script.is_file() {
        sh::step("fetching axe-core");
        std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let prefix = folder.display().to_string();
        let args = ["install", "--prefix", &prefix, "--no-fund", "--no-audit", "axe-core@4.14.1"];
        sh::quiet(&mut sh::command("npm", &args))?;
    }
    Ok(script)
}
