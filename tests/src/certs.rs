//! A throw-away certificate authority and leaves for `localhost`, good and bad ones.
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};

pub struct Authority {
    pub pem: String,
    issuer: Issuer<'static, KeyPair>,
}

#[derive(Clone, Debug)]
pub struct Leaf {
    /// Certificate, PEM.
    pub cert: String,
    pub key: String,
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(DnType::CommonName, "Pyeonji test CA");
        let key = KeyPair::generate().expect("key");
        let cert = params.self_signed(&key).expect("CA");
        Self { pem: cert.pem(), issuer: Issuer::new(params, key) }
    }

    /// For `localhost` and 127.0.0.1, valid now.
    pub fn leaf(&self) -> Leaf {
        self.sign(&["localhost", "127.0.0.1"], |_| {})
    }

    pub fn leaf_for(&self, names: &[&str]) -> Leaf {
        self.sign(names, |_| {})
    }

    pub fn expired(&self) -> Leaf {
        self.sign(&["localhost", "127.0.0.1"], |p| {
            p.not_before = date_time_ymd(2019, 1, 1);
            p.not_after = date_time_ymd(2020, 1, 1);
        })
    }

    fn sign(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Leaf {
        let mut params =
            CertificateParams::new(names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>()).expect("names");
        change(&mut params);
        let key = KeyPair::generate().expect("key");
        let cert = params.signed_by(&key, &self.issuer).expect("leaf");
        Leaf { cert: cert.pem(), key: key.serialize_pem() }
    }
}

/// Signed by nobody we know, not a CA.
pub fn self_signed() -> Leaf {
    let params = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).expect("names");
    let key = KeyPair::generate().expect("key");
    Leaf { cert: params.self_signed(&key).expect("leaf").pem(), key: key.serialize_pem() }
}

/// What `openssl req -x509` makes: a CA certificate used as the server's own.
pub fn self_signed_ca() -> Leaf {
    let mut params =
        CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).expect("names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("key");
    Leaf { cert: params.self_signed(&key).expect("CA leaf").pem(), key: key.serialize_pem() }
}
