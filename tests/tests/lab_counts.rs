//! What the lab counts is what passes on the network, to the octet: its totals against those of a proxy between it and the servers.
use pyeonji_gateway::config::{Config, Endpoint, Provider, TlsMode};
use pyeonji_gateway::lab::backend::{Backend, Mailbox, Target};
use pyeonji_gateway::lab::{experiments, run};
use pyeonji_gateway::sandbox::{self, Sandbox};
use pyeonji_gateway::secret::Secret;
use pyeonji_shared::lab::report::{Report, Run, Totals};
use pyeonji_shared::lab::scenario::{RELAY, Scenario, Step};
use pyeonji_tests::chaos::Chaos;
use pyeonji_tests::gateway::provider;
use pyeonji_tests::mailhost::{ADA, MailHost, Security};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::runtime::Runtime;

fn scenario(id: &str) -> Scenario {
    experiments::get(id).expect("an experiment").expect("a scenario")
}

/// All runs of a report together.
fn totals(report: &Report, device: &str) -> Totals {
    let mut sum = Totals::default();
    let devices = report.runs.iter().flat_map(|run| &run.devices);
    devices.filter(|d| d.device == device).for_each(|d| sum.add(d.totals));
    sum
}

/// Servers in clear on this machine; devices and the lab's own look go to these ports.
fn target(devices: (SocketAddr, SocketAddr), observer: SocketAddr, who: (&str, &str)) -> Target {
    let at = |address: SocketAddr| {
        Some(Endpoint { host: address.ip().to_string(), port: address.port(), tls: TlsMode::None })
    };
    let base = provider(0, 0, Security::Plain, "");
    let devices = Arc::new(Provider { imap: at(devices.0), pop3: at(devices.1), ..(*base).clone() });
    let observer = Arc::new(Provider { imap: at(observer), ..(*base).clone() });
    let config = Config::for_tests(vec![devices.clone(), observer.clone()]);
    let (user, password) = (who.0.into(), Secret::new(who.1.into()));
    let ada = Mailbox { devices, observer, user, password };
    Target { name: "a server behind a proxy".into(), config, ada, bora: None, quota_kilobytes: None }
}

/// Runs it through a proxy for each protocol; what the lab says of its devices is what they counted.
fn counted(runtime: &Runtime, imap: SocketAddr, pop3: SocketAddr, who: (&str, &str), scenario: &Scenario) {
    let (by_imap, by_pop3) = runtime.block_on(async { (Chaos::start(imap).await, Chaos::start(pop3).await) });
    let target = target((by_imap.address, by_pop3.address), imap, who);
    let (backend, _) = Backend::open(target, false).expect("an empty mailbox");
    let report = run::run_on(scenario, &backend).expect("a report");
    for (device, proxy) in [("imap-a", &by_imap), ("pop3-a", &by_pop3)] {
        let Totals { sent, received, round_trips, connections } = totals(&report, device);
        println!(
            "{device}: {sent} up, {received} down, {round_trips} round trips, {connections} connections"
        );
        assert_eq!((sent, received), proxy.bytes(), "{device}: octets");
        assert_eq!(u64::from(round_trips), proxy.turns(), "{device}: round trips");
        assert_eq!(u64::from(connections), proxy.connections(), "{device}: connections");
        assert!(connections > 1 && round_trips > connections && received > 100_000, "{device}");
    }
}

fn runtime() -> Runtime {
    Runtime::new().expect("a runtime")
}

#[test]
fn a_week_of_traffic_on_the_sandbox_agrees_with_a_proxy() {
    let runtime = runtime();
    let options = sandbox::Options { seeded: false, ..sandbox::Options::default() };
    let sandbox = runtime.block_on(Sandbox::start(options)).expect("a sandbox");
    let ada = &sandbox.accounts[0];
    let who = (ada.address.as_str(), ada.password.as_str());
    counted(&runtime, sandbox.imap, sandbox.pop3, who, &scenario("E6"));
    runtime.block_on(sandbox.stop());
}

#[test]
fn some_of_it_on_dovecot_agrees_with_a_proxy() {
    let host = MailHost::start();
    let at = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
    let mut some = scenario("E6");
    // Dovecot tells news half a second after they came.
    for step in &mut some.steps {
        if let Step::Repeat { times, from, .. } = step {
            (*times, *from) = (5, 1);
        }
    }
    counted(&runtime(), at(host.dovecot.imap), at(host.dovecot.pop3), ADA, &some);
}

/// The simulated line carries what a real one carries.
#[test]
fn simulated_time_counts_as_sockets_do() {
    for (id, _) in experiments::ALL {
        let scenario = scenario(id);
        let simulated = run::run(&scenario).runs;
        let sockets = run::run_on(&scenario, &Backend::Sockets).expect("a report").runs;
        // Where mail goes to somebody else, it goes from server to server in simulated time; on sockets one server has both, which
        // calls itself by another name.
        let one_sided = !scenario.is_two_sided();
        let counted = |run: &Run| {
            let devices = run.devices.iter().filter(|device| device.device != RELAY);
            let totals = devices.map(|device| device.totals).map(|totals| match one_sided {
                true => totals,
                false => Totals { received: 0, ..totals },
            });
            totals.collect::<Vec<_>>()
        };
        for (simulated, sockets) in simulated.iter().zip(&sockets) {
            assert_eq!(counted(simulated), counted(sockets), "{id} {:?}", simulated.variant);
        }
    }
}

#[test]
fn mail_that_is_not_the_labs_ends_a_run_and_stays() {
    let runtime = runtime();
    let options = sandbox::Options { seeded: false, ..sandbox::Options::default() };
    let sandbox = runtime.block_on(Sandbox::start(options)).expect("a sandbox");
    let account = sandbox.world.accounts()[0].clone();
    let folders = || account.with(|store| store.folders.keys().cloned().collect::<Vec<_>>());
    let before = folders();
    let (world, own) = (sandbox.world.clone(), account.clone());
    let mut changed = account.watch();
    let comes = runtime.spawn(async move {
        // The mailbox was found empty, and is made ready.
        changed.changed().await.expect("a change");
        let letter = "From: bora@green.test\r\nMessage-ID: <a@green.test>\r\n\r\nHello\r\n";
        world
            .deliver(&own, "INBOX", pyeonji_gateway::sandbox::flags::Flags::default(), letter.into())
            .expect("delivered");
    });
    let who = (sandbox.accounts[0].address.as_str(), sandbox.accounts[0].password.as_str());
    let target = target((sandbox.imap, sandbox.pop3), sandbox.imap, who);
    let (backend, _) = Backend::open(target, false).expect("an empty mailbox");
    let broken = run::run_on(&scenario("E1"), &backend).expect_err("not alone");
    runtime.block_on(comes).expect("it came");
    assert!(broken.to_string().contains("isn't the lab's came into the mailbox (1)"), "{broken}");
    let left =
        account.with(|store| store.folders.values().map(|folder| folder.messages.len()).sum::<usize>());
    assert_eq!((left, folders()), (1, before), "the stranger's alone, and no folder of the lab's");
    runtime.block_on(sandbox.stop());
}
