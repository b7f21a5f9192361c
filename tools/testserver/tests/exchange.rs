//! The binary as its users run it: one exchange for each route and each kind of step.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(words: &[&str], stdin: &str) -> Self {
        let mut child = command(words).stdin(Stdio::piped()).spawn().unwrap();
        if words.contains(&"-") {
            child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
        }
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let port = line.strip_prefix("PORT ").expect(&line).trim().parse().unwrap();
        Self { child, port }
    }

    fn serve() -> Self {
        Self::start(&["serve"], "")
    }

    fn script(text: &str) -> Self {
        Self::start(&["script", "-"], text)
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream
    }

    /// Sends a request and reads until the server closes.
    fn ask(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        read_all(&mut stream)
    }

    fn get(&self, target: &str) -> String {
        self.ask(&format!("GET {target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"))
    }

    fn end(mut self) -> (ExitStatus, String) {
        drop(self.child.stdin.take());
        let mut errors = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        (self.child.wait().unwrap(), errors)
    }

    #[track_caller]
    fn end_well(self) {
        let (status, errors) = self.end();
        assert!(status.success(), "{errors}");
    }

    #[track_caller]
    fn end_badly(self) -> String {
        let (status, errors) = self.end();
        assert_eq!(status.code(), Some(1), "{errors}");
        errors
    }
}

fn command(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_testserver"));
    command.args(words).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn read_all(stream: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    // A reset after the response is the end as well.
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn scratch(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&dir).unwrap();
    dir
}

#[test]
fn every_route() {
    let server = Server::serve();
    let head = |target: &str| server.get(target).split("\r\n\r\n").next().unwrap().to_owned();
    let body = |target: &str| server.get(target).split_once("\r\n\r\n").unwrap().1.to_owned();

    assert!(body("/").contains("<p>Hello"));
    assert_eq!(body("/bytes/3"), "\0\x01\x02");
    assert!(head("/bytes/2k").contains("Content-Length: 2048"));
    assert_eq!(body("/bytes/3?chunked=2"), "2\r\n\0\x01\r\n1\r\n\x02\r\n0\r\n\r\n");
    assert_eq!(body("/bytes/3?delay_ms=1&piece=1"), "\0\x01\x02");
    assert!(head("/bytes/5G").starts_with("HTTP/1.1 400 "));
    assert!(head("/status/204").starts_with("HTTP/1.1 204 No Content\r\n"));
    assert!(!head("/status/204").contains("Content-Length"));
    assert!(head("/status/599").starts_with("HTTP/1.1 599 \r\n"));
    assert!(head("/headers/2").contains("\r\nX-Field-1: value 1\r\nX-Field-2: value 2\r\n"));
    assert_eq!(body("/close?size=2"), "\0\x01");
    assert!(!head("/close").contains("Content-Length"));
    assert!(head("/redirect?to=/x&code=308").contains("\r\nLocation: /x\r\n"));
    assert!(body("/trailers").ends_with("\r\n0\r\nX-First: one\r\nX-Second: two\r\n\r\n"));
    assert!(server.get("/interim").contains("103 Early Hints\r\nLink"));
    assert!(head("/slow-head?delay_ms=0").starts_with("HTTP/1.1 200 OK\r\n"));
    assert!(head("/none").starts_with("HTTP/1.1 404 "));
    server.end_well();
}

#[test]
fn keep_alive_and_the_echo() {
    let server = Server::serve();
    let reply = server.ask(
        "POST /echo?a HTTP/1.1\r\nHost: h\r\nx-Odd:  a  b \r\nContent-Length: 3\r\n\r\nabc\
         HEAD /bytes/4G HTTP/1.1\r\nHost: h\r\n\r\n\
         PUT /count HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\
         4\r\nabcd\r\n0\r\nT: 1\r\n\r\n\
         GET /echo HTTP/1.0\r\n\r\n",
    );
    let parts: Vec<&str> = reply.split("HTTP/1.1 200 OK\r\n").collect();
    assert!(parts[1].contains("X-Connection: 1\r\nX-Request: 1\r\n"));
    let text = "POST /echo?a HTTP/1.1\nHost: h\nx-Odd:  a  b \nContent-Length: 3\n\nabc";
    assert_eq!(parts[1].split_once("\r\n\r\n").unwrap().1, text);
    assert!(parts[2].ends_with("Content-Length: 4294967296\r\n\r\n"));
    assert!(parts[3].ends_with("\r\n\r\n4"));
    assert!(parts[4].contains("X-Request: 4\r\n") && parts[4].contains("Connection: close\r\n"));
    assert!(parts[4].ends_with("\r\n\r\nGET /echo HTTP/1.0\n\n"));
    server.end_well();
}

#[test]
fn expect_continue_and_an_early_answer() {
    let server = Server::serve();
    let mut stream = server.connect();
    let head = "Host: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
    write!(stream, "POST /count HTTP/1.1\r\n{head}").unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"ab").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert!(read_all(&mut stream).ends_with("\r\n\r\n2"));

    let early = server.ask(&format!("POST /early HTTP/1.1\r\n{head}"));
    assert!(early.starts_with("HTTP/1.1 401 Unauthorized\r\n"), "{early}");
    assert!(early.contains("Connection: close\r\n"));
    server.end_well();
}

#[test]
fn http_1_0_gets_no_chunks() {
    let server = Server::serve();
    let reply = server.ask("GET /bytes/2?chunked=1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assert!(!reply.contains("chunked") && reply.ends_with("\r\n\r\n\0\x01"), "{reply}");
    let reply = server.ask(
        "GET /bytes/1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /bytes/1 HTTP/1.0\r\n\r\n",
    );
    assert!(reply.contains("Connection: keep-alive") && reply.contains("Connection: close"));
    server.end_well();
}

#[test]
fn it_ends_by_itself() {
    let mut server = Server::start(&["serve", "--ignore-stdin", "--lifetime", "1"], "");
    drop(server.child.stdin.take());
    assert!(server.child.wait().unwrap().success());

    let orphan = command(&["serve", "--ignore-stdin", "--parent-pid", "1"]).output().unwrap();
    let errors = String::from_utf8_lossy(&orphan.stderr);
    assert!(orphan.status.success() && errors.contains("1 is not its parent"), "{errors}");

    let errors = Server::start(&["script", "--lifetime", "1", "-"], "close").end_badly();
    assert!(errors.contains("ended after its lifetime"), "{errors}");
}

#[test]
fn the_port_file() {
    let file = scratch("port-file").join("port");
    let server = Server::start(&["serve", "--port-file", file.to_str().unwrap()], "");
    assert_eq!(fs::read_to_string(&file).unwrap(), format!("{}\n", server.port));
    server.end_well();
}

#[test]
fn wrong_arguments() {
    for words in [
        &["serve", "--bind", "192.0.2.1"][..],
        &["serve", "--no-such"],
        &["serve", "file"],
        &["serve", "--client-ca", "ca.pem"],
        &["script"],
        &["script", "/no/such/file"],
        &["certs"],
        &["other"],
        &[],
    ] {
        let output = command(words).stdin(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{words:?}");
    }
}

#[test]
fn a_script_of_every_step() {
    let server = Server::script(
        r#"
        expect "GET \p"
        dribble "a" * 3
        read-head
        read 3
        send "b" * 2 "c"
        await
        shutdown
        wait-close
      connection
        hold
      connection
        forever "xy"
      connection
        try-send "z" * 16M
        cut
      connection
        reset
      connection
        send "end"
        "#,
    );
    let mut stream = server.connect();
    write!(stream, "GET {} x\r\n\r\n123", server.port).unwrap();
    let mut first = [0; 6];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"aaabbc");
    // It does not go on by itself.
    stream.set_nonblocking(true).unwrap();
    let error = stream.read(&mut first).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
    stream.set_nonblocking(false).unwrap();
    drop(server.connect());
    assert_eq!(read_all(&mut stream), "");
    drop(stream);

    let held = server.connect();
    let mut stream = server.connect();
    let mut some = [0; 4];
    stream.read_exact(&mut some).unwrap();
    assert_eq!(&some, b"xyxy");
    drop(stream);
    drop(server.connect());
    let error = server.connect().read(&mut some).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(read_all(&mut server.connect()), "end");
    drop(held);
    server.end_well();
}

#[test]
fn a_departure_from_the_script_is_told() {
    let fails = |script: &str, request: &str| {
        let server = Server::script(script);
        let mut stream = server.connect();
        stream.write_all(request.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        server.end_badly()
    };
    let errors = fails("\nexpect \"GET / HTTP\\r\\n\"", "GET /x\t");
    assert!(errors.contains("-:2: other bytes came; the same up to byte 5\n"), "{errors}");
    assert!(errors.contains("    expected \"GET / HTTP\\r\\n\"\n"), "{errors}");
    assert!(errors.contains("    received \"GET /x\\t\"\n"), "{errors}");

    let errors = fails("expect \"abc\"", "ab");
    assert!(errors.contains("the client closed"), "{errors}");
    assert!(fails("read 3", "ab").contains("closed after 2 of 3 bytes"));
    assert!(fails("read-head", "ab\r\n\r").contains("received \"ab\\r\\n\\r\""));
    assert!(fails("wait-close", "ab").contains("received \"ab\""));

    let errors = Server::start(&["script", "--timeout", "1", "-"], "close").end_badly();
    assert!(errors.contains("connection 1 did not come: timed out"), "{errors}");
}

#[test]
fn tls() {
    let dir = scratch("certs");
    assert!(command(&["certs", dir.to_str().unwrap()]).status().unwrap().success());
    let path = |name: &str| dir.join(name).to_str().unwrap().to_owned();
    let (server, ca) = (path("server"), path("ca.pem"));
    let (chain, key) = (format!("{server}.pem"), format!("{server}.key"));

    let serve = Server::start(&["serve", "--tls", &chain, &key], "");
    let mut stream = connect_tls(&serve, &ca);
    stream.write_all(b"GET /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").unwrap();
    let reply = read_all(&mut stream);
    assert!(reply.contains("X-Tls: TLSv1_3 alpn=none resumed=no client-certificate=no"), "{reply}");
    let error = connect_tls(&serve, &path("other-ca.pem")).write_all(b"x").unwrap_err();
    assert!(error.to_string().contains("UnknownIssuer"), "{error}");
    serve.end_well();

    for (name, wanted) in [("wrongname", "NotValidForName"), ("expired", "expired")] {
        let (chain, key) = (path(&format!("{name}.pem")), path(&format!("{name}.key")));
        let serve = Server::start(&["serve", "--tls", &chain, &key], "");
        let error = connect_tls(&serve, &ca).write_all(b"x").unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(text.contains(wanted), "{text}");
        serve.end_well();
    }

    let serve = Server::start(&["serve", "--tls", &chain, &key, "--client-ca", &ca], "");
    let mut stream = connect_tls(&serve, &ca);
    let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(read_all(&mut stream), "", "a client without a certificate is refused");
    serve.end_well();

    let script = "expect \"hi\"\nsend \"ho\"\nshutdown\nwait-close\nconnection\nsend \"ho\"\ncut";
    let played = Server::start(&["script", "--tls", &chain, &key, "-"], script);
    let mut stream = connect_tls(&played, &ca);
    stream.write_all(b"hi").unwrap();
    let mut got = Vec::new();
    stream.read_to_end(&mut got).expect("a close_notify");
    assert_eq!(got, b"ho");
    stream.conn.send_close_notify();
    stream.flush().unwrap();
    drop(stream);
    let mut stream = connect_tls(&played, &ca);
    let error = stream.read_to_end(&mut got).expect_err("no close_notify");
    assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
    played.end_well();
}

fn connect_tls(server: &Server, root: &str) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(root).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = "localhost".try_into().unwrap();
    let session = ClientConnection::new(Arc::new(config), name).unwrap();
    StreamOwned::new(session, server.connect())
}
