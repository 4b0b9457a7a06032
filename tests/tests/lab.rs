//! The lab from a terminal, with the program as people have it.
use pyeonji_tests::gateway::binary;
use std::process::{Command, Output};

fn lab(arguments: &[&str]) -> Output {
    Command::new(binary()).args(["lab", "run"]).args(arguments).output().expect("the program runs")
}

#[test]
fn the_table_has_a_verdict_for_each_experiment_and_the_same_each_time() {
    let out = lab(&[]);
    assert!(out.status.success());
    let table = String::from_utf8(out.stdout).expect("text");
    println!("{table}");
    let verdict = |line: &str| line.get(5..17).map(str::trim_end).unwrap_or_default().to_owned();
    let verdicts: Vec<String> = table.lines().map(verdict).collect();
    assert_eq!(
        verdicts,
        [
            "held",
            "depends",
            "didn't hold",
            "depends",
            "depends",
            "depends",
            "depends",
            "held",
            "depends",
            "didn't hold"
        ],
        "{table}"
    );
    let report = lab(&["E1", "e8", "--json"]).stdout;
    assert_eq!(report, lab(&["E1", "E8", "--json"]).stdout);
    let report: serde_json::Value = serde_json::from_slice(&report).expect("JSON");
    assert_eq!(report[0]["verdict"], "held");
    assert!(report[1]["runs"][0]["devices"][0]["lines"].as_array().is_some_and(|lines| lines.len() > 10));
}

#[test]
fn a_file_of_ones_own_runs_and_a_bad_one_is_refused_with_its_place() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("own.json");
    let own = include_str!("../../gateway/src/lab/experiments/e2.json");
    let path = file.display().to_string();
    std::fs::write(&file, own.replace("\"E2\"", "\"mine\"")).expect("written");
    let out = lab(&[&path, "--transcript"]);
    let text = String::from_utf8(out.stdout).expect("text");
    assert!(out.status.success() && text.starts_with("mine: ") && text.contains("AUTH PLAIN ••••"), "{text}");
    std::fs::write(&file, own.replace("\"steps\"", "\"stops\"")).expect("written");
    let out = lab(&[&path]);
    let said = String::from_utf8(out.stderr).expect("text");
    assert!(!out.status.success() && said.contains("line 14") && said.contains("stops"), "{said}");
    let out = lab(&["no-such-file.json"]);
    assert!(!out.status.success() && String::from_utf8_lossy(&out.stderr).contains("no-such-file.json"));
}

#[test]
fn advice_flips_with_the_room_there_is_and_says_what_it_measured() {
    let advise = |arguments: &str| {
        let arguments = arguments.split_whitespace();
        let out = Command::new(binary()).args(["lab", "advise"]).args(arguments).output();
        out.expect("the program runs")
    };
    let text = |out: Output| String::from_utf8(out.stdout).expect("text");
    let roomy = text(advise("--devices 1 --backups --quota-mb 50000"));
    assert!(roomy.starts_with("Use IMAP.") && roomy.contains("Measured with 40 letters"), "{roomy}");
    let tiny = text(advise("--devices 1 --backups --quota-mb 5"));
    assert!(tiny.starts_with("Use POP3, and download and delete."), "{tiny}");
    let json: serde_json::Value =
        serde_json::from_str(&text(advise("--no-pop3 --json"))).expect("JSON of the advice");
    assert_eq!((&json["choice"]["protocol"], &json["forced"]), (&"imap".into(), &true.into()));
    let wrong = advise("--devices 9");
    assert!(!wrong.status.success() && String::from_utf8_lossy(&wrong.stderr).contains("1..=4"));
}
