//! Which addresses are not ordinary places on the Internet (IANA's special-purpose registries, RFC 6890).
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Address and prefix length.
const V4: &[(Ipv4Addr, u8)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8),       // this network, RFC 791
    (Ipv4Addr::new(10, 0, 0, 0), 8),      // private, RFC 1918
    (Ipv4Addr::new(100, 64, 0, 0), 10),   // shared address space, RFC 6598
    (Ipv4Addr::new(127, 0, 0, 0), 8),     // loopback, RFC 1122
    (Ipv4Addr::new(169, 254, 0, 0), 16),  // link local (and cloud metadata), RFC 3927
    (Ipv4Addr::new(172, 16, 0, 0), 12),   // private, RFC 1918
    (Ipv4Addr::new(192, 0, 0, 0), 24),    // protocol assignments, RFC 6890
    (Ipv4Addr::new(192, 0, 2, 0), 24),    // documentation, RFC 5737
    (Ipv4Addr::new(192, 31, 196, 0), 24), // AS112, RFC 7535
    (Ipv4Addr::new(192, 52, 193, 0), 24), // AMT, RFC 7450
    (Ipv4Addr::new(192, 88, 99, 0), 24),  // 6to4 relays, RFC 7526
    (Ipv4Addr::new(192, 168, 0, 0), 16),  // private, RFC 1918
    (Ipv4Addr::new(192, 175, 48, 0), 24), // AS112, RFC 7534
    (Ipv4Addr::new(198, 18, 0, 0), 15),   // benchmarking, RFC 2544
    (Ipv4Addr::new(198, 51, 100, 0), 24), // documentation, RFC 5737
    (Ipv4Addr::new(203, 0, 113, 0), 24),  // documentation, RFC 5737
    (Ipv4Addr::new(224, 0, 0, 0), 4),     // multicast, RFC 5771
    (Ipv4Addr::new(240, 0, 0, 0), 4),     // reserved and broadcast, RFC 1112
];

/// Only what lies inside 2000::/3; everything outside it is special without a list.
const V6: &[(Ipv6Addr, u8)] = &[
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // protocol assignments: Teredo, ORCHID, AMT… RFC 2928
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation, RFC 3849
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4: any IPv4 inside, RFC 3056
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48), // AS112, RFC 7534
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation, RFC 9637
];

/// 64:ff9b::/96, the well-known NAT64 prefix (RFC 6052): an IPv4 address in the last 32 bits.
const NAT64: (Ipv6Addr, u8) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// The global unicast space, RFC 4291 §2.4.
const GLOBAL: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// An IPv4-mapped address (`::ffff:a.b.c.d`) as the IPv4 address that the kernel would really dial.
pub fn canonical(ip: IpAddr) -> IpAddr {
    ip.to_canonical()
}

/// The IPv4 address that a NAT64 gateway would reach for this one.
pub fn through_nat64(ip: IpAddr) -> Option<IpAddr> {
    match ip {
        IpAddr::V6(v6) if within6(v6, NAT64) => {
            let [.., a, b, c, d] = v6.octets();
            Some(IpAddr::V4(Ipv4Addr::new(a, b, c, d)))
        }
        _ => None,
    }
}

/// Loopback, private, link-local, multicast, documentation, translated forms of these, and whatever isn't
/// global unicast.
pub fn is_special(ip: IpAddr) -> bool {
    match canonical(ip) {
        IpAddr::V4(v4) => V4.iter().any(|&net| within4(v4, net)),
        IpAddr::V6(v6) => match through_nat64(ip) {
            Some(inner) => is_special(inner),
            None => !within6(v6, GLOBAL) || V6.iter().any(|&net| within6(v6, net)),
        },
    }
}

fn within4(ip: Ipv4Addr, (net, prefix): (Ipv4Addr, u8)) -> bool {
    (ip.to_bits() ^ net.to_bits()) >> (32 - u32::from(prefix)) == 0
}

fn within6(ip: Ipv6Addr, (net, prefix): (Ipv6Addr, u8)) -> bool {
    (ip.to_bits() ^ net.to_bits()) >> (128 - u32::from(prefix)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn special(text: &str) -> bool {
        is_special(text.parse().unwrap_or_else(|_| panic!("{text}")))
    }

    #[test]
    fn r18_both_ends_of_every_v4_network_are_special_and_their_neighbours_are_judged_alone() {
        for &(net, prefix) in V4 {
            let size = 1u64 << (32 - prefix);
            let first = u64::from(net.to_bits());
            for at in [first, first + size / 2, first + size - 1] {
                let ip = Ipv4Addr::from_bits(u32::try_from(at).unwrap());
                assert!(is_special(ip.into()), "{ip} in {net}/{prefix}");
            }
        }
        for public in [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "191.255.255.255",
            "192.0.1.0",
            "192.0.3.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "203.0.112.255",
            "203.0.114.0",
            "223.255.255.255",
            "8.8.8.8",
        ] {
            assert!(!special(public), "{public}");
        }
    }

    #[test]
    fn r18_v6_lists() {
        for bad in [
            "::",
            "::1",
            "::2",
            "::7f00:1",
            "100::1",
            "100:0:0:1::1",
            "2001::1",
            "2001:1ff:ffff::1",
            "2001:db8::1",
            "2001:0:7f00:1::",
            "2002:7f00:1::",
            "2002:a00:1::",
            "2002:808:808::",
            "3fff::1",
            "3fff:fff::1",
            "5f00::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "4000::1",
            "1fff:ffff::1",
            "64:ff9b:1::808:808",
            "2620:4f:8000::1",
        ] {
            assert!(special(bad), "{bad}");
        }
        for public in
            ["2001:200::1", "2606:4700::1111", "2a00:1450:4001::1", "2003::1", "3ffe::1", "2001:db9::1"]
        {
            assert!(!special(public), "{public}");
        }
    }

    #[test]
    fn r18_mapped_and_nat64_forms_are_judged_by_what_is_inside() {
        for bad in [
            "::ffff:127.0.0.1",
            "::ffff:10.1.2.3",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b::c0a8:101",
        ] {
            assert!(special(bad), "{bad}");
        }
        for public in ["::ffff:8.8.8.8", "64:ff9b::808:808"] {
            assert!(!special(public), "{public}");
        }
        assert_eq!(canonical("::ffff:8.8.8.8".parse().unwrap()), "8.8.8.8".parse::<IpAddr>().unwrap());
    }
}
