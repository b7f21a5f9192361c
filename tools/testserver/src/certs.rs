//! Certificates for TLS tests, made anew each time so that none expires in the repository.

use std::error::Error;
use std::fs;
use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevokedCertParams,
};
use time::{Duration, OffsetDateTime};

const DAY: Duration = Duration::days(1);

/// Writes every certificate and key that `--help` lists into `dir`, which is made if need be.
pub fn write_all(dir: &Path) -> Result<(), Box<dyn Error>> {
    use ExtendedKeyUsagePurpose::{ClientAuth, ServerAuth};

    fs::create_dir_all(dir)?;
    let ca = write_root(dir, "ca", "httpclient test CA")?;
    write_root(dir, "other-ca", "httpclient untrusted CA")?;

    let local = ["localhost", "127.0.0.1", "::1"];
    let now = OffsetDateTime::now_utc();
    // The day in advance forgives a peer whose clock is behind.
    let valid = (now - DAY, now + 365 * DAY);
    let expired = (now - 30 * DAY, now - DAY);
    write_leaf(dir, "server", leaf(&local, ServerAuth, valid)?, &ca)?;
    write_leaf(dir, "wrongname", leaf(&["wrong.example"], ServerAuth, valid)?, &ca)?;
    write_leaf(dir, "expired", leaf(&local, ServerAuth, expired)?, &ca)?;
    write_leaf(dir, "client", leaf(&["client.example"], ClientAuth, valid)?, &ca)?;

    let mut revoked = leaf(&local, ServerAuth, valid)?;
    revoked.serial_number = Some(REVOKED.into());
    write_leaf(dir, "revoked", revoked, &ca)?;
    fs::write(dir.join("ca.crl"), revoke(&ca, REVOKED)?)?;

    // The same certificates twice: with the intermediate one behind them, and without.
    let (intermediate, issuer) = intermediate(&ca)?;
    for (names, purpose, whole, part) in [
        (&local[..], ServerAuth, "chained", "unchained"),
        (&["client.example"], ClientAuth, "chainedclient", "unchainedclient"),
    ] {
        write_leaf(dir, part, leaf(names, purpose, valid)?, &issuer)?;
        let [part, whole] = [part, whole].map(|name| dir.join(name));
        let chain = fs::read_to_string(part.with_extension("pem"))? + &intermediate;
        fs::write(whole.with_extension("pem"), chain)?;
        fs::copy(part.with_extension("key"), whole.with_extension("key"))?;
    }
    Ok(())
}

/// The serial number of the revoked certificate.
const REVOKED: u64 = 0x0bad;

/// A revocation list of `ca` with this one number.
fn revoke(ca: &Issuer<'_, KeyPair>, serial: u64) -> Result<String, Box<dyn Error>> {
    let now = OffsetDateTime::now_utc();
    let list = CertificateRevocationListParams {
        this_update: now - DAY,
        next_update: now + 365 * DAY,
        crl_number: 1.into(),
        issuing_distribution_point: None,
        revoked_certs: vec![RevokedCertParams {
            serial_number: serial.into(),
            revocation_time: now - DAY,
            reason_code: None,
            invalidity_date: None,
        }],
        key_identifier_method: KeyIdMethod::Sha256,
    };
    Ok(list.signed_by(ca)?.pem()?)
}

/// An authority below `ca`: its certificate as PEM, and what it signs with.
fn intermediate(
    ca: &Issuer<'_, KeyPair>,
) -> Result<(String, Issuer<'static, KeyPair>), Box<dyn Error>> {
    let (params, key) = (authority("httpclient test intermediate CA"), KeyPair::generate()?);
    let pem = params.signed_by(&key, ca)?.pem();
    Ok((pem, Issuer::new(params, key)))
}

fn write_root(
    dir: &Path,
    file: &str,
    name: &str,
) -> Result<Issuer<'static, KeyPair>, Box<dyn Error>> {
    let (params, key) = (authority(name), KeyPair::generate()?);
    fs::write(dir.join(file).with_extension("pem"), params.self_signed(&key)?.pem())?;
    Ok(Issuer::new(params, key))
}

fn authority(name: &str) -> CertificateParams {
    let now = OffsetDateTime::now_utc();
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = now - 60 * DAY; // earlier than the expired leaf's
    params.not_after = now + 730 * DAY;
    params
}

fn leaf(
    names: &[&str],
    purpose: ExtendedKeyUsagePurpose,
    (not_before, not_after): (OffsetDateTime, OffsetDateTime),
) -> Result<CertificateParams, rcgen::Error> {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names.clone())?;
    params.distinguished_name.push(DnType::CommonName, names[0].as_str());
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![purpose];
    params.not_before = not_before;
    params.not_after = not_after;
    Ok(params)
}

fn write_leaf(
    dir: &Path,
    file: &str,
    params: CertificateParams,
    ca: &Issuer<'_, KeyPair>,
) -> Result<(), Box<dyn Error>> {
    let key = KeyPair::generate()?;
    let path = dir.join(file);
    fs::write(path.with_extension("pem"), params.signed_by(&key, ca)?.pem())?;
    fs::write(path.with_extension("key"), key.serialize_pem())?;
    Ok(())
}
