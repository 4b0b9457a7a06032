//! The lab from a terminal, with the program as people have it.
use pyeonji_tests::gateway::binary;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Output, Stdio};

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

/// What a server says to these lines, until it hangs up.
fn talk(server: &str, lines: &str) -> String {
    let mut stream = TcpStream::connect(server).expect("a server");
    stream.write_all(lines.as_bytes()).expect("written");
    let mut said = String::new();
    stream.read_to_string(&mut said).expect("text");
    said
}

#[test]
fn the_mailbox_after_a_run_can_be_opened_with_other_programs() {
    let join = ["lab", "join", "E1"];
    let mut program =
        Command::new(binary()).args(join).stdout(Stdio::piped()).spawn().expect("the program runs");
    let mut out = BufReader::new(program.stdout.take().expect("a pipe"));
    let mut told = String::new();
    while !told.contains("Ctrl-C") {
        assert!(out.read_line(&mut told).expect("text") > 0, "{told}");
    }
    let word = |name: &str| {
        let row = told.lines().find_map(|line| line.trim().strip_prefix(name));
        row.map(str::trim).unwrap_or_else(|| panic!("no {name}: {told}")).to_owned()
    };
    let (user, password) = (word("user"), word("password"));
    let imap = talk(
        &word("IMAP"),
        &format!(
            "a LOGIN {user} {password}\r\nb STATUS Archive (MESSAGES)\r\nc SELECT INBOX\r\nd UID SEARCH FLAGGED\r\ne LOGOUT\r\n"
        ),
    );
    let pop3 = talk(&word("POP3"), &format!("USER {user}\r\nPASS {password}\r\nSTAT\r\nQUIT\r\n"));
    let kill = Command::new("kill").args(["-INT", &program.id().to_string()]).status();
    assert!(kill.is_ok_and(|status| status.success()) && program.wait().expect("its end").success());
    // One of three is in the Archive, one in the Trash; the third has its star.
    assert!(imap.contains("(MESSAGES 1)") && imap.contains("* SEARCH 2\r\n"), "{imap}");
    assert!(pop3.contains("\r\n+OK 1 "), "{pop3}");
    let out =
        Command::new(binary()).args(["lab", "join", "E1", "--variant", "2"]).output().expect("a program");
    assert!(!out.status.success() && String::from_utf8_lossy(&out.stderr).contains("no number 2"));
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
