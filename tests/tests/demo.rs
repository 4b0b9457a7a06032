//! `pyeonji demo`, as the first command that anybody tries.
use pyeonji_tests::client::Browserless;
use pyeonji_tests::{gateway, ports};
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// A demo and what it said when it was ready.
struct Demo {
    process: Child,
    url: String,
    /// (address, password)
    accounts: Vec<(String, String)>,
}

impl Demo {
    fn start(arguments: &[&str]) -> Self {
        let mut process = Command::new(gateway::binary())
            .arg("demo")
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the release program, built by `cargo xtask test`");
        let said = BufReader::new(process.stdout.take().expect("its words")).lines().map_while(Result::ok);
        let mut demo = Self { process, url: String::new(), accounts: Vec::new() };
        // The last thing that it says is how it ends.
        for line in said.take_while(|line| !line.contains("Ctrl-C")) {
            match line.split_whitespace().collect::<Vec<_>>()[..] {
                ["Pyeonji", "is", "at", url] => demo.url = url.to_owned(),
                [address, password] if address.contains('@') => {
                    demo.accounts.push((address.to_owned(), password.to_owned()));
                }
                _ => {}
            }
        }
        demo
    }

    /// Ctrl-C; whether it ended as a program that has done its work.
    fn interrupt(mut self) -> bool {
        let id = self.process.id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status();
        assert!(sent.is_ok_and(|s| s.success()), "a signal");
        self.process.wait().expect("its end").success()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_where_it_is_lets_both_accounts_in_and_ends_when_told() {
    let demo = Demo::start(&["--port", "0"]);
    let address = demo.url.trim_start_matches("http://").to_owned();
    assert!(
        address.starts_with("127.0.0.1:") && !address.ends_with(":0"),
        "an address that works: {}",
        demo.url
    );
    let health = Browserless::new(&demo.url).get("/healthz").await;
    assert!(health.status().is_success(), "{health:?}");
    assert_eq!(demo.accounts.len(), 2, "{:?}", demo.accounts);
    for (address, password) in &demo.accounts {
        Browserless::new(&demo.url).sign_in(address, password).await.expect("signed in");
    }
    assert!(demo.interrupt(), "a clean end");
    assert!(TcpStream::connect(&address).is_err(), "nothing listens there any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_takes_the_port_it_is_given() {
    let [port] = ports::free();
    let demo = Demo::start(&["--port", &port.to_string()]);
    assert_eq!(demo.url, format!("http://127.0.0.1:{port}"));
    assert!(Browserless::new(&demo.url).get("/healthz").await.status().is_success());
    assert!(demo.interrupt(), "a clean end");
}
