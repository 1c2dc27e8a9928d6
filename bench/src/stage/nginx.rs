//! A real nginx, one process, that asks a check service before each request and answers it itself.

use std::process::Command;

use super::load::Connect;
use super::process::{Process, free_port};
use crate::harness::{Fault, Ground};
use crate::world;

/// A running one.
pub(crate) struct Nginx {
    pub(crate) process: Process,
    pub(crate) port: u16,
}

impl Nginx {
    /// Asks whoever listens at `check`. What is let through gets a picture of one pixel from nginx itself: the
    /// upstream is not measured.
    ///
    /// # Errors
    /// nginx is not installed, or does not start.
    pub(crate) fn start(ground: &Ground, name: &'static str, check: &Connect) -> Result<Self, Fault> {
        let Some(program) = world::find_program("nginx") else {
            return Err(Fault::new(
                "nginx is not installed: `cargo xtask test` installs it",
            ));
        };
        let folder = ground.scratch.join(format!("nginx-{name}"));
        std::fs::create_dir_all(&folder).map_err(Fault::io("a folder for nginx"))?;
        let port = free_port()?;
        let upstream = match check {
            Connect::Port(port) => format!("127.0.0.1:{port}"),
            Connect::Socket(path) => format!("unix:{}", path.display()),
        };
        let file = folder.join("nginx.conf");
        let text = CONFIGURATION
            .replace("{folder}", &folder.display().to_string())
            .replace("{port}", &port.to_string())
            .replace("{upstream}", &upstream);
        std::fs::write(&file, text).map_err(Fault::io("nginx's configuration"))?;
        let mut command = Command::new(program);
        command
            .arg("-e")
            .arg(folder.join("error.log"))
            .arg("-c")
            .arg(&file);
        let mut process = Process::start("nginx", command, &folder)?;
        process.wait_until(|| Connect::Port(port).answers())?;
        Ok(Self { process, port })
    }
}

/// As docs/gateways/nginx.conf asks; the application's place is taken by a picture that nginx has in memory.
const CONFIGURATION: &str = r#"
daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log error;
events { worker_connections 512; }
http {
    access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    keepalive_requests 100000000;
    upstream check { server {upstream}; keepalive 32; keepalive_requests 100000000; }
    server {
        listen 127.0.0.1:{port};
        location = /.symbolon-check {
            internal;
            proxy_pass http://check/check;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-Method $request_method;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-Host $http_host;
            proxy_set_header X-Forwarded-Uri $request_uri;
            proxy_set_header X-Forwarded-For $remote_addr;
        }
        location / {
            auth_request /.symbolon-check;
            auth_request_set $symbolon_subject  $upstream_http_symbolon_subject;
            auth_request_set $symbolon_identity $upstream_http_symbolon_identity;
            # The access phase, with the question, comes before this content handler.
            empty_gif;
        }
    }
}
"#;
