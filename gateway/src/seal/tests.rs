//! The sealed cookie and its key ring (R22).
use super::keys::refresh;
use super::*;
use std::os::unix::fs::PermissionsExt;

const DAY: i64 = 24 * 3600;
const NOW: i64 = 1_800_000_000;

fn claims(address: &str, device: bool) -> Claims {
    let credentials = Credentials {
        address: address.into(),
        login: "ada".into(),
        password: Secret::new("canary-password-편지".into()),
        protocol: Protocol::Imap,
    };
    Claims::new(LoginTicket([7; 16]), credentials, "Blue", device, NOW, 7)
}

#[test]
fn r22_what_is_sealed_opens_and_shows_nothing() {
    let ring = KeyRing::fresh(NOW);
    let cookie = ring.seal(&claims("ada@blue.test", false), NOW).unwrap();
    let raw = URL_SAFE_NO_PAD.decode(&cookie).unwrap();
    for secret in ["canary-password", "ada@blue.test", "Blue"] {
        assert!(!raw.windows(secret.len()).any(|w| w == secret.as_bytes()), "{secret}");
    }
    let opened = ring.open(&cookie).unwrap();
    assert_eq!(opened.ticket, LoginTicket([7; 16]));
    assert_eq!(opened.credentials.address, "ada@blue.test");
    assert_eq!(opened.credentials.login, "ada");
    assert_eq!(opened.credentials.password.expose(), "canary-password-편지");
    assert_eq!((opened.issued, opened.seen, opened.expires), (NOW, NOW, NOW + LIFE_SECONDS));
    assert_eq!((opened.provider.as_str(), opened.device), ("Blue", false));
    assert_ne!(cookie, ring.seal(&claims("ada@blue.test", false), NOW).unwrap(), "nonces are random");
}

#[test]
fn r22_every_altered_byte_is_noticed() {
    let ring = KeyRing::fresh(NOW);
    let raw = URL_SAFE_NO_PAD.decode(ring.seal(&claims("ada@blue.test", false), NOW).unwrap()).unwrap();
    for at in 0..raw.len() {
        let mut bad = raw.clone();
        bad[at] ^= 1;
        assert!(ring.open(&URL_SAFE_NO_PAD.encode(&bad)).is_err(), "byte {at}");
    }
    for len in 0..raw.len() {
        assert!(ring.open(&URL_SAFE_NO_PAD.encode(&raw[..len])).is_err(), "cut at {len}");
    }
    assert_eq!(ring.open("").unwrap_err(), SealError::Malformed);
    assert_eq!(ring.open("not base64!").unwrap_err(), SealError::Malformed);
}

#[test]
fn r22_the_account_is_bound() {
    let ring = KeyRing::fresh(NOW);
    let decode = |address| URL_SAFE_NO_PAD.decode(ring.seal(&claims(address, false), NOW).unwrap()).unwrap();
    let (mut ada, bora) = (decode("ada@blue.test"), decode("bora@green.test"));
    ada[5..21].copy_from_slice(&bora[5..21]);
    assert_eq!(ring.open(&URL_SAFE_NO_PAD.encode(&ada)).unwrap_err(), SealError::Altered);
}

#[test]
fn r22_another_ring_cannot_open() {
    let cookie = KeyRing::fresh(NOW).seal(&claims("ada@blue.test", false), NOW).unwrap();
    assert_eq!(KeyRing::fresh(NOW).open(&cookie).unwrap_err(), SealError::UnknownKey);
}

#[test]
fn r22_absolute_life_is_12_hours_or_7_days_to_the_second() {
    let forever = i64::MAX;
    let short = claims("ada@blue.test", false);
    assert_eq!(short.check(NOW + LIFE_SECONDS - 1, forever), Ok(()));
    assert_eq!(short.check(NOW + LIFE_SECONDS, forever), Err(SealError::Expired));
    let device = claims("ada@blue.test", true);
    assert_eq!(device.check(NOW + 7 * DAY - 1, 60), Ok(()));
    assert_eq!(device.check(NOW + 7 * DAY, 60), Err(SealError::Expired));
    assert_eq!(short.check(NOW + 599, 600), Ok(()));
    assert_eq!(short.check(NOW + 600, 600), Err(SealError::Idle));
    assert_eq!(short.check(NOW - CLOCK_SKEW, forever), Ok(()));
    assert_eq!(short.check(NOW - CLOCK_SKEW - 1, forever), Err(SealError::Expired));
}

#[test]
fn r22_keys_rotate_daily_and_old_cookies_open_until_they_end() {
    let mut ring = KeyRing::fresh(NOW);
    let first = ring.seal(&claims("ada@blue.test", true), NOW).unwrap();
    let first_key = ring.sealing_key(NOW).unwrap().id;
    let mut seen = vec![first_key];
    for minute in 0..(20 * 24 * 60) {
        let now = NOW + minute * 60;
        if let Some(next) = ring.rotated(now, 7) {
            ring = next;
        }
        let id = ring.sealing_key(now).unwrap().id;
        if seen.last() != Some(&id) {
            // It was in the ring before it sealed.
            seen.push(id);
        }
        if now < NOW + 7 * DAY {
            assert!(ring.open(&first).is_ok(), "day {}", (now - NOW) / DAY);
        }
    }
    assert_eq!(seen.len(), 20, "one key a day");
    assert_eq!(ring.open(&first).unwrap_err(), SealError::UnknownKey);
    assert!(ring.text().lines().count() <= 12, "old keys leave");
}

#[test]
fn r22_a_new_key_is_announced_before_it_seals() {
    let ring = KeyRing::fresh(NOW);
    let now = NOW + DAY - 600;
    assert!(ring.rotated(now - 1, 7).is_none());
    let next = ring.rotated(now, 7).unwrap();
    assert_eq!(next.sealing_key(now + 599).unwrap().id, ring.sealing_key(NOW).unwrap().id);
    assert_ne!(next.sealing_key(now + 600).unwrap().id, ring.sealing_key(NOW).unwrap().id);
}

#[test]
fn r22_nodes_share_a_private_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("keys");
    let one = refresh(&path, 7, NOW).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let two = refresh(&path, 7, NOW).unwrap();
    let cookie = one.seal(&claims("ada@blue.test", false), NOW).unwrap();
    assert!(two.open(&cookie).is_ok());
    // The next day the first node rotates; the second reads the same key.
    let one = refresh(&path, 7, NOW + DAY).unwrap();
    let cookie = one.seal(&claims("ada@blue.test", false), NOW + 2 * DAY - 1000).unwrap();
    assert_eq!(two.open(&cookie).unwrap_err(), SealError::UnknownKey);
    assert!(refresh(&path, 7, NOW + DAY).unwrap().open(&cookie).is_ok());

    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(refresh(&path, 7, NOW), Err(KeyError::Open(_))));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&path, "# keys\nnonsense\n").unwrap();
    assert!(matches!(refresh(&path, 7, NOW), Err(KeyError::Line(_, 2))));
}

#[test]
fn r23_keys_and_claims_never_print() {
    let ring = KeyRing::fresh(NOW);
    let printed = format!("{:?} {:?}", ring, claims("ada@blue.test", false));
    assert!(!printed.contains("canary"), "{printed}");
    let hex = ring.text().split_ascii_whitespace().last().unwrap().to_owned();
    assert!(hex.len() == 64 && !printed.contains(&hex));
    assert!(!printed.contains(&"07".repeat(16)) && !printed.contains("7, 7, 7"), "the ticket: {printed}");
}

#[test]
fn the_largest_sign_in_fits_a_cookie() {
    let credentials = Credentials {
        address: "a".repeat(254),
        login: "a".repeat(254),
        password: Secret::new("p".repeat(1024)),
        protocol: Protocol::Imap,
    };
    let claims = Claims::new(LoginTicket([1; 16]), credentials, &"n".repeat(100), true, NOW, 7);
    let cookie = KeyRing::fresh(NOW).seal(&claims, NOW).unwrap();
    assert!(cookie.len() < 3_900, "{}", cookie.len());
}
