//! Built-in TLS: served, and read again when the files change.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use rcgen::{CertificateParams, KeyPair};

use super::program::Program;

pub fn write_certificate(program: &Program, name: &str) -> String {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().self_signed(&key).unwrap();
    program.file("tls.key", &key.serialize_pem());
    program.chmod("tls.key", 0o600);
    program.file("tls.crt", &certificate.pem())
}

/// The subject name that the server shows, as `openssl s_client` sees it.
fn shown_name(program: &Program) -> String {
    let connect = format!("127.0.0.1:{}", program.port);
    let mut client = Command::new("openssl");
    let shown = client.args(["s_client", "-connect", &connect, "-showcerts"]).stdin(Stdio::null()).output().unwrap();
    let pem = String::from_utf8_lossy(&shown.stdout).into_owned();
    let begin = pem.find("-----BEGIN").unwrap_or_else(|| panic!("no certificate: {pem}"));
    let path = program.file("shown.pem", &pem[begin..]);
    let text = Command::new("openssl").args(["x509", "-noout", "-ext", "subjectAltName", "-in", &path]).output().unwrap();
    String::from_utf8_lossy(&text.stdout).into_owned()
}

#[test]
fn rl_31_a_changed_certificate_is_served_without_a_restart() {
    let program = Program::new();
    write_certificate(&program, "first.example");
    let config = program.file("keyward.toml", "[tls]\ncertificate = \"tls.crt\"\nkey = \"tls.key\"\n");
    let server = program.serve_with(&["serve", "--config", &config]);
    program.run(&["healthcheck", "--config", &config]).ok();
    assert!(shown_name(&program).contains("first.example"));
    // A half-written pair changes nothing.
    program.file("tls.crt", "not a certificate");
    std::thread::sleep(Duration::from_millis(1500));
    assert!(shown_name(&program).contains("first.example"));
    write_certificate(&program, "second.example");
    let seen = (0..50).any(|_| {
        std::thread::sleep(Duration::from_millis(200));
        shown_name(&program).contains("second.example")
    });
    assert!(seen);
    server.stop();
}
