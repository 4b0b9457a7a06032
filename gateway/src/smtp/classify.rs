//! From a refusal to what a person is told.
use super::reply::Reply;
use pyeonji_shared::error::{ApiError, ErrorKind};

/// Which command was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Greeting,
    Auth,
    Mail,
    Rcpt,
    Data,
    /// After the final dot, or in the middle of the body.
    Body,
}

pub fn refusal(stage: Stage, reply: &Reply) -> ApiError {
    ApiError::new(kind(stage, reply)).with_detail(&reply.quoted())
}

/// RFC 3463 first, where there is one; then the codes of RFC 5321 §4.2.3 as servers really use them.
pub fn kind(stage: Stage, reply: &Reply) -> ErrorKind {
    if reply.code == 421 {
        return ErrorKind::Disconnected;
    }
    match (stage, reply.status(), reply.code) {
        (Stage::Auth, Some((7, 8)), _) | (Stage::Auth, None, 535) => return ErrorKind::WrongPassword,
        (Stage::Auth, _, 535) => return ErrorKind::WrongPassword,
        (Stage::Auth | Stage::Greeting, ..) => return ErrorKind::Refused,
        (_, Some((2, 2)), _) => return ErrorKind::OverQuota,
        (_, Some((2, 3) | (3, 4)), _) => return ErrorKind::TooBig,
        (_, Some((3, 1)), 452 | 552) => return ErrorKind::OverQuota,
        (_, Some((5, 3)), 452) => return ErrorKind::RateLimited,
        (Stage::Mail, _, 552) => return ErrorKind::TooBig,
        (Stage::Body, None, 552) if speaks_of_size(reply) => return ErrorKind::TooBig,
        (_, None, 452 | 552) => return ErrorKind::OverQuota,
        _ => {}
    }
    match (stage, reply.code) {
        (_, 530 | 538) => ErrorKind::Refused,
        (Stage::Mail, _) => ErrorKind::SenderRefused,
        (Stage::Rcpt, _) => ErrorKind::RecipientRefused,
        _ => ErrorKind::MessageRefused,
    }
}

/// RFC 5321 gives "too big" and "full" the same code 552; only the words tell.
fn speaks_of_size(reply: &Reply) -> bool {
    let words = reply.words().to_lowercase();
    ["size", "too big", "too large", "exceeds"].iter().any(|word| words.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals() {
        use ErrorKind::*;
        for (stage, code, words, expected) in [
            (Stage::Auth, 535, "5.7.8 bad credentials", WrongPassword),
            (Stage::Auth, 535, "no", WrongPassword),
            (Stage::Auth, 454, "4.7.0 later", Refused),
            (Stage::Mail, 552, "5.3.4 Message size exceeds fixed limit", TooBig),
            (Stage::Mail, 552, "too much", TooBig),
            (Stage::Mail, 553, "5.7.1 not yours", SenderRefused),
            (Stage::Mail, 530, "5.7.0 Authentication required", Refused),
            (Stage::Mail, 452, "4.3.1 Insufficient system storage", OverQuota),
            (Stage::Rcpt, 550, "5.1.1 no such user", RecipientRefused),
            (Stage::Rcpt, 450, "4.7.1 greylisted", RecipientRefused),
            (Stage::Rcpt, 552, "5.2.2 mailbox full", OverQuota),
            (Stage::Rcpt, 452, "4.2.2 mailbox full", OverQuota),
            (Stage::Rcpt, 452, "4.5.3 too many recipients", RateLimited),
            (Stage::Data, 554, "no valid recipients", MessageRefused),
            (Stage::Body, 554, "5.7.1 spam", MessageRefused),
            (Stage::Body, 552, "message size exceeds the limit", TooBig),
            (Stage::Body, 552, "exceeded storage allocation", OverQuota),
            (Stage::Body, 452, "no space", OverQuota),
            (Stage::Body, 421, "going down", Disconnected),
        ] {
            let reply = Reply { code, lines: vec![words.into()] };
            let got = kind(stage, &reply);
            // "exceeded" isn't "exceeds": storage, not size.
            assert_eq!(got, expected, "{stage:?} {code} {words}");
        }
    }
}
