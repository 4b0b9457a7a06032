//! However the network cuts the server's bytes, the same events come out.
use crate::config::limits::Limits;
use crate::pop3::{Command, Engine, Event, Greeting, Number, Options, Proof};
use crate::secret::Secret;
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Instant;

/// The events of a conversation. Each turn is heard in these pieces, then everything is written that is due; then the
/// connection is closed.
fn events(turns: &[Vec<&[u8]>]) -> Vec<Event> {
    let now = Instant::now();
    let limits = Arc::new(Limits::default());
    let mut engine = Engine::new(Options { limits, greeting: Greeting::Expected, secure: false }, now);
    let proof = Proof::Password(Secret::new("p".into()));
    engine.submit(Command::SignIn { user: "u".into(), proof }, now);
    for command in [
        Command::Stat,
        Command::List,
        Command::Uidl,
        Command::Retr { number: Number(1) },
        Command::Top { number: Number(2), lines: 3 },
        Command::Dele { number: Number(3) },
        Command::Quit,
    ] {
        engine.submit(command, now);
    }
    let mut out: Vec<Event> = Vec::new();
    for turn in turns {
        for piece in turn {
            engine.handle_input(piece, now);
            out.extend(std::iter::from_fn(|| engine.poll_event()));
        }
        while engine.poll_transmit().is_some() {}
        out.extend(std::iter::from_fn(|| engine.poll_event()));
    }
    engine.handle_eof(now);
    out.extend(std::iter::from_fn(|| engine.poll_event()));
    out
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        Just(b"..".to_vec()),
        Just(b"...x".to_vec()),
        Just(b"a\nb".to_vec()),
        Just(b"\n.\n".to_vec()),
        Just(b"\r".to_vec()),
        prop::collection::vec(any::<u8>(), 0..60),
        (200_000usize..300_000).prop_map(|n| vec![b'y'; n]),
    ];
    prop::collection::vec(line, 0..6)
        .prop_map(|lines| lines.iter().flat_map(|l| [&l[..], b"\r\n"].concat()).collect())
}

/// What a server says, turn by turn; now and then something it shouldn't.
fn script() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let lines =
        prop::collection::vec(prop_oneof!["[0-9]{1,3} [0-9a-z]{1,9}", "\\PC{0,20}", "[.+ -]{0,3}"], 0..8);
    let odd = prop_oneof![8 => Just(""), 1 => Just("+OK\r\n"), 1 => Just("+"), 1 => Just("-ERR [AUTH] x\r\n"), 1 => Just("x\n")];
    let word = prop_oneof![4 => Just("+OK"), 1 => Just("-ERR"), 1 => Just("+ok 2 9")];
    (lines, body(), prop::collection::vec(odd, 5), word, any::<bool>()).prop_map(
        |(lines, body, odd, word, apop)| {
            let stamp = if apop { "<1@a>" } else { "" };
            let list: String = lines.iter().map(|l| format!("{l}\r\n")).collect();
            let answers = [
                format!("{word} 2 320\r\n+OK\r\n{list}.\r\n+OK\r\n{list}.\r\n+OK\r\n").into_bytes(),
                body.clone(),
                b".\r\n+OK\r\n".to_vec(),
                body,
                b".\r\n+OK\r\n".to_vec(),
            ];
            let turns = [
                format!("+OK hi {stamp}\r\n").into_bytes(),
                format!("+OK\r\nPIPELINING\r\nUSER\r\n{list}.\r\n").into_bytes(),
                b"+OK\r\n".to_vec(),
                b"+OK\r\n".to_vec(),
                answers.concat(),
            ];
            turns
                .iter()
                .zip(odd)
                .map(|(turn, odd)| [turn, odd.as_bytes()].concat())
                .chain([b"+OK bye\r\n".to_vec()])
                .collect()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn cuts_do_not_matter(
        script in script(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
    ) {
        let whole: Vec<Vec<&[u8]>> = script.iter().map(|turn| vec![&turn[..]]).collect();
        let cut = |turn: &'_ Vec<u8>| {
            let mut at: Vec<usize> = cuts.iter().map(|c| c.index(turn.len() + 1)).collect();
            at.extend([0, turn.len()]);
            at.sort_unstable();
            at
        };
        let places: Vec<Vec<usize>> = script.iter().map(cut).collect();
        let pieces: Vec<Vec<&[u8]>> = script
            .iter()
            .zip(&places)
            .map(|(turn, at)| at.windows(2).map(|w| &turn[w[0]..w[1]]).collect())
            .collect();
        prop_assert_eq!(events(&pieces), events(&whole));
        if script.iter().all(|turn| turn.len() < 2_000) {
            let bytes: Vec<Vec<&[u8]>> = script.iter().map(|turn| turn.chunks(1).collect()).collect();
            prop_assert_eq!(events(&bytes), events(&whole));
        }
    }

    /// Nonsense ends in an error or in silence, never in a panic.
    #[test]
    fn noise_is_survived(
        noise in prop::collection::vec(any::<u8>(), 0..2_000),
        text in "[-+OKER .0-9A-Za-z\r\n\\[\\]<>]{0,300}",
    ) {
        let start: [&[u8]; 4] = [b"+OK\r\n", b"+OK\r\nPIPELINING\r\nUSER\r\n.\r\n", b"+OK\r\n", b"+OK\r\n"];
        for sent in [&noise[..], text.as_bytes()] {
            let turns: Vec<_> = start.iter().copied().chain([sent]).map(|turn| vec![turn]).collect();
            events(&turns);
            events(&[vec![sent]]);
        }
    }
}
