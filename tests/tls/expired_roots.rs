//! A root that is not valid today proves nothing, but keeps nobody from one that is.

use httpclient::engine::error::Kind;
use httpclient::transport::tls::TlsConfig;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::CertificateDer;

use crate::pki::{self, Ca, Leaf};
use crate::{refused, visit};

type Dates = fn(&mut CertificateParams);

const TODAY: Dates = |_| {};

fn params(name: &str, dates: Dates) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    dates(&mut params);
    params
}

/// An authority's key with certificates of its own: one for each of these dates.
fn roots(name: &str, dates: &[Dates]) -> (Issuer<'static, KeyPair>, Vec<CertificateDer<'static>>) {
    let key = KeyPair::generate().unwrap();
    let certificates = dates
        .iter()
        .map(|dates| params(name, *dates).self_signed(&key).unwrap().der().clone())
        .collect();
    (Issuer::new(params(name, TODAY), key), certificates)
}

/// Another certificate for an authority, by this one.
fn cross(
    of: &Issuer<'_, KeyPair>,
    name: &str,
    by: &Issuer<'_, KeyPair>,
    dates: Dates,
) -> CertificateDer<'static> {
    params(name, dates).signed_by(of.key(), by).unwrap().der().clone()
}

fn leaf(by: &Issuer<'_, KeyPair>, sent: &[&CertificateDer<'static>]) -> Leaf {
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["a.example".to_string()]).unwrap();
    let leaf = leaf.signed_by(&key, by).unwrap();
    let mut chain = vec![leaf.der().clone()];
    chain.extend(sent.iter().map(|sent| (*sent).clone()));
    Leaf { chain, pem: leaf.pem(), key }
}

fn trusting(roots: &[&CertificateDer<'_>]) -> TlsConfig {
    let mut builder = TlsConfig::builder();
    for root in roots {
        builder.add_roots(root).unwrap();
    }
    builder.build().unwrap()
}

#[test]
fn a_root_that_is_not_valid_today_is_refused() {
    for (dates, expected, text) in [
        (pki::expired as Dates, Kind::TlsExpired, "expired on 2002-02-03 00:00:00 UTC (now: 2"),
        (
            pki::not_yet_valid,
            Kind::TlsNotYetValid,
            "is not valid before 2222-03-04 00:00:00 UTC (now: 2",
        ),
    ] {
        let (issuer, certificates) = roots("old", &[dates]);
        let config = trusting(&[&certificates[0]]);
        let text = format!("the certificate of 'old' (the root) {text}");
        // Also where the server sends it along, and where there is an authority between.
        let (mid, _) = roots("mid", &[]);
        let between = cross(&mid, "mid", &issuer, TODAY);
        for leaf in [
            leaf(&issuer, &[]),
            leaf(&issuer, &[&certificates[0]]),
            leaf(&mid, &[&between]),
            leaf(&mid, &[&between, &certificates[0]]),
        ] {
            let (kind, message) = refused(&leaf, &config, "a.example");
            assert_eq!(kind, expected, "{message}");
            assert!(message.starts_with(&text), "{message}");
        }
    }
}

#[test]
fn two_roots_of_one_name_and_key() {
    let (issuer, all) = roots("root", &[pki::expired, pki::not_yet_valid, TODAY]);
    let leaf = leaf(&issuer, &[]);
    let [old, new, good] = &all[..] else { unreachable!() };
    for order in [[old, new, good], [good, old, new], [new, good, old]] {
        visit(&leaf, &trusting(&order), "a.example").unwrap();
    }
    // Of two that are no good, the first is told.
    assert_eq!(refused(&leaf, &trusting(&[old, new]), "a.example").0, Kind::TlsExpired);
    assert_eq!(refused(&leaf, &trusting(&[new, old]), "a.example").0, Kind::TlsNotYetValid);
}

#[test]
fn a_way_around_an_expired_root() {
    let (old, olds) = roots("old", &[pki::expired]);
    let (new, news) = roots("new", &[TODAY]);
    // The new root is cross-signed by the old one, as Let's Encrypt's was by DST's in 2021.
    let bridge = cross(&new, "new", &old, TODAY);
    let by_new = leaf(&new, &[&bridge]);
    let by_new_with_old = leaf(&new, &[&bridge, &olds[0]]);
    for leaf in [&by_new, &by_new_with_old] {
        visit(leaf, &trusting(&[&olds[0], &news[0]]), "a.example").unwrap();
        visit(leaf, &trusting(&[&news[0], &olds[0]]), "a.example").unwrap();
        assert_eq!(refused(leaf, &trusting(&[&olds[0]]), "a.example").0, Kind::TlsExpired);
    }
    // An authority between, with a certificate of each root, in either order.
    let (mid, _) = roots("mid", &[]);
    let (by_old, by_new) = (cross(&mid, "mid", &old, TODAY), cross(&mid, "mid", &new, TODAY));
    for sent in [[&by_old, &by_new], [&by_new, &by_old]] {
        visit(&leaf(&mid, &sent), &trusting(&[&olds[0], &news[0]]), "a.example").unwrap();
    }
    // An expired certificate of the authority between is told before the root's.
    let expired = cross(&mid, "mid", &old, pki::expired);
    let (kind, message) = refused(&leaf(&mid, &[&expired]), &trusting(&[&olds[0]]), "a.example");
    assert_eq!(kind, Kind::TlsExpired);
    assert!(message.contains("'mid' (intermediate number 1) expired"), "{message}");
}

/// Whoever trusts one certificate or a key does not look at dates; and roots that are good are not affected.
#[test]
fn other_ways_to_trust() {
    let (issuer, certificates) = roots("old", &[pki::expired]);
    let leaf = leaf(&issuer, &[&certificates[0]]);
    let mut builder = TlsConfig::builder();
    builder.trust_certificate(&leaf.chain[0]).unwrap();
    visit(&leaf, &builder.build().unwrap(), "a.example").unwrap();
    let good = Ca::new("good");
    let config = trusting(&[&certificates[0], &good.der]);
    assert_eq!(config.roots().given.added, 2);
    visit(&good.leaf(&["a.example"]), &config, "a.example").unwrap();
}

/// A root whose dates cannot be read is left out and counted.
#[test]
fn a_root_without_readable_dates() {
    let (_, certificates) = roots("root", &[pki::expired]);
    let mut der = certificates[0].to_vec();
    let date = b"020203000000Z";
    let place = der.windows(date.len()).position(|window| window == date).unwrap();
    der[place] = b'x';
    let mut builder = TlsConfig::builder();
    assert_eq!(builder.add_roots(&der).unwrap_err().kind(), Kind::TlsConfig);
}
