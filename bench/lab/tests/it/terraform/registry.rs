//! A real registry on the loopback, which skopeo takes for ECR: by ECR's own name, over TLS, with ECR's user. A proxy leads
//! each name to it, and a certificate of its own is the one that is trusted.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::support::{Guarded, free_port, on_path, until};

/// A Go program starts in a moment; on a loaded machine in some.
const START: Duration = Duration::from_secs(60);

/// The password that moto gives for its account, and its hash by bcrypt, as the registry wants it.
pub(super) const PASSWORD: &str = "123456789012-auth-token";
const HASH: &str = "$2b$04$fLp6fGxg4xWt.XtTH7HRaOSJlO/Kefkp3w/Fn0gaRstesMzZqwhgy";

/// A running registry.
pub(super) struct Registry {
    folder: TempDir,
    proxy: String,
    _server: Guarded,
}

/// Debian's registry, skopeo and openssl.
pub(super) fn installed() -> Result<PathBuf, &'static str> {
    for tool in ["skopeo", "openssl", "bash", "tar"] {
        on_path(tool).ok_or("apt-get install skopeo openssl")?;
    }
    on_path("docker-registry").ok_or("apt-get install docker-registry")
}

impl Registry {
    /// Starts it, for a region's name of ECR.
    pub(super) fn start(program: &Path, region: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name).display().to_string();
        let name = format!("DNS:*.dkr.ecr.{region}.amazonaws.com");
        run(Command::new("openssl").args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=registry",
            "-addext",
            &format!("subjectAltName={name}"),
            "-keyout",
            &path("key.pem"),
            "-out",
            &path("certificate.pem"),
        ]));
        let port = free_port();
        std::fs::write(folder.path().join("users"), format!("AWS:{HASH}\n")).expect("written");
        let settings = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\n\
             auth: {{htpasswd: {{realm: registry, path: {}}}}}\n\
             http: {{addr: '127.0.0.1:{port}', tls: {{certificate: {}, key: {}}}}}\n",
            path("images"),
            path("users"),
            path("certificate.pem"),
            path("key.pem"),
        );
        std::fs::write(folder.path().join("registry.yml"), settings).expect("written");
        let mut server = Command::new(program);
        server.arg("serve").arg(folder.path().join("registry.yml"));
        let server = server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let server = Guarded(server.expect("the registry starts"));
        until("the registry listens", START, || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { proxy: proxy(port), _server: server, folder }
    }

    /// What makes a program take it for ECR.
    pub(super) fn environment(&self) -> [(&'static str, String); 2] {
        let certificate = self.folder.path().join("certificate.pem");
        [("HTTPS_PROXY", self.proxy.clone()), ("SSL_CERT_FILE", certificate.display().to_string())]
    }

    /// The tags that a repository has.
    pub(super) fn tags(&self, repository: &str) -> Vec<String> {
        let folder = format!("images/docker/registry/v2/repositories/{repository}/_manifests/tags");
        let entries = std::fs::read_dir(self.folder.path().join(folder)).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }

    /// When a repository's tag was written.
    pub(super) fn written(&self, repository: &str, tag: &str) -> std::time::SystemTime {
        let link = format!("images/docker/registry/v2/repositories/{repository}/_manifests/tags/{tag}/current/link");
        let kept = std::fs::metadata(self.folder.path().join(link)).expect("the tag");
        kept.modified().expect("a time")
    }
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().expect("it runs");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A proxy for TLS that leads every name to one port here.
fn proxy(port: u16) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            std::thread::spawn(move || tunnel(&client, port));
        }
    });
    address
}

/// Answers CONNECT, and copies both ways until both ends are closed.
fn tunnel(client: &TcpStream, port: u16) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let mut line = String::new();
    while reader.read_line(&mut line).ok()? > 2 {
        line.clear();
    }
    let server = TcpStream::connect(("127.0.0.1", port)).ok()?;
    let (mut to_client, mut to_server) = (client.try_clone().ok()?, server.try_clone().ok()?);
    to_client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").ok()?;
    let back = std::thread::spawn(move || {
        let _ = std::io::copy(&mut &server, &mut to_client);
        let _ = to_client.shutdown(Shutdown::Write);
    });
    let _ = std::io::copy(&mut reader, &mut to_server);
    let _ = to_server.shutdown(Shutdown::Write);
    back.join().ok()
}

/// Writes an image's archive, as `docker save` and Nix's dockerTools have it: one layer with one file.
pub(super) fn archive(path: &Path, content: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("file"), content).expect("written");
    let tar = |archive: &Path, names: &[&str]| {
        run(Command::new("tar").arg("-cf").arg(archive).arg("-C").arg(folder.path()).args(names));
    };
    tar(&at("layer.tar"), &["file"]);
    let mut layer = Vec::new();
    std::fs::File::open(at("layer.tar")).and_then(|mut file| file.read_to_end(&mut layer)).expect("read");
    let digest: String = Sha256::digest(&layer).iter().map(|byte| format!("{byte:02x}")).collect();
    let config = serde_json::json!({
        "architecture": "amd64", "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{digest}")]},
        "history": [{"created": "1970-01-01T00:00:01Z"}],
    });
    std::fs::write(at("config.json"), config.to_string()).expect("written");
    let manifest =
        serde_json::json!([{"Config": "config.json", "RepoTags": ["counter:latest"], "Layers": ["layer.tar"]}]);
    std::fs::write(at("manifest.json"), manifest.to_string()).expect("written");
    tar(path, &["manifest.json", "config.json", "layer.tar"]);
}
