//! Certificates for TLS tests, made anew each time so that none expires in the repository.

use std::error::Error;
use std::fs;
use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
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
    write_leaf(dir, "client", leaf(&["client.example"], ClientAuth, valid)?, &ca)
}

fn write_root(
    dir: &Path,
    file: &str,
    name: &str,
) -> Result<Issuer<'static, KeyPair>, Box<dyn Error>> {
    let now = OffsetDateTime::now_utc();
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = now - 60 * DAY; // earlier than the expired leaf's
    params.not_after = now + 730 * DAY;
    let key = KeyPair::generate()?;
    fs::write(dir.join(file).with_extension("pem"), params.self_signed(&key)?.pem())?;
    Ok(Issuer::new(params, key))
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
