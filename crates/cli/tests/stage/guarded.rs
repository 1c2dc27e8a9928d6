//! An application behind a real gateway with its documented configuration: one name for the authority, one for the application.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::app::App;
use super::browser::Browser;
use super::gateway::{Gateway, Places, Running};
use super::http::{Request, Response};
use super::server::{Plan, Server};
use super::{TempDir, free_port};

pub const PASSWORD: &str = "violet anchors beneath nine harbours";

pub struct World {
    pub port: u16,
    pub app: App,
    pub server: Server,
    _gateway: Running,
    _dir: TempDir,
    _plan: Plan,
}

/// What the edge is told of the application.
pub fn routes(port: u16) -> String {
    format!(
        "[session]\napplications = [\"http://app.localhost:{port}\"]\n\
         [[route]]\nmatch = {{ host = \"app.localhost\", path = \"/api/*\" }}\naccept = [\"session\", \"bearer\"]\n\
         audience = \"http://app.localhost:{port}/api\"\nscopes = []\n\
         [[route]]\nmatch = {{ host = \"app.localhost\" }}\naccept = [\"session\"]\n"
    )
}

/// The gateway on this machine, with the documented file.
pub fn start(gateway: Gateway, dir: &TempDir, places: &Places) -> Running {
    let mut text = gateway.placed(&gateway.documented(), places);
    for (host, to) in [
        ("id.example.org", "id.localhost"),
        ("app.example.org", "app.localhost"),
    ] {
        text = gateway.renamed(&text, host, to, places.listen);
    }
    if gateway == Gateway::Nginx {
        // As hostile as nginx can be made.
        text = format!("underscores_in_headers on;\n{text}");
    }
    gateway.start(dir.path(), places.listen, &text)
}

impl World {
    pub fn behind(gateway: Gateway) -> Self {
        Self::asking(gateway, false)
    }

    /// With the gateway asking the edge by its address, or through a Unix socket.
    pub fn asking(gateway: Gateway, by_socket: bool) -> Self {
        let (port, app) = (free_port(), App::start());
        let mut plan = Plan::new(
            gateway.word(),
            &format!("http://id.localhost:{port}"),
            &routes(port),
        );
        let dir = TempDir::new("gateway");
        let mut edge = format!("127.0.0.1:{}", plan.edge);
        if by_socket {
            let socket = dir.path().join("check.sock");
            plan.config = plan
                .config
                .replace("[edge]\n", &format!("[edge]\nsocket = {socket:?}\n"));
            edge = format!("unix:{}", socket.display());
        }
        let server = plan.start();
        let places = Places {
            listen: port,
            edge,
            authority: plan.public,
            application: app.port,
        };
        let gateway = start(gateway, &dir, &places);
        server.json(&["user", "add", "ada", "--password-stdin"], PASSWORD);
        Self {
            port,
            app,
            server,
            _gateway: gateway,
            _dir: dir,
            _plan: plan,
        }
    }
}

impl World {
    pub fn app_url(&self, path: &str) -> String {
        format!("http://app.localhost:{}{path}", self.port)
    }

    pub fn sign_in(&self) -> Browser {
        let mut browser = Browser::default();
        let (url, page) = browser.visit(&self.app_url("/home?a=1&b=2"));
        assert!(
            url.starts_with(&format!("http://id.localhost:{}/login", self.port)),
            "{url}: {}",
            page.status
        );
        let fields = login_fields(&page);
        let pairs: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let (url, page) = browser.submit(&url, "/login", &pairs);
        assert_eq!(
            (url.as_str(), page.status),
            (self.app_url("/home?a=1&b=2").as_str(), 200),
            "{:?}",
            browser.trail
        );
        assert!(page.body.starts_with("hello user:"), "{}", page.body);
        browser
    }

    pub fn service_token(&self, id: &str) -> String {
        let audience = format!("http://app.localhost:{}/api", self.port);
        let made = self.server.json(
            &[
                "client",
                "add",
                id,
                "--grant",
                "client_credentials",
                "--audience",
                &audience,
            ],
            "",
        );
        let secret = made["secret"].as_str().expect("a secret, shown once");
        let answer = Request::new("POST", "/oauth2/token")
            .form(&[
                ("grant_type", "client_credentials"),
                ("client_id", id),
                ("client_secret", secret),
            ])
            .send(self.port, &format!("id.localhost:{}", self.port));
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    pub fn send(&self, request: &Request) -> Response {
        request.send(self.port, &format!("app.localhost:{}", self.port))
    }

    /// Sends a request to the application's host and leaves its connection open.
    pub fn open(&self, target: &str, headers: &[(&str, &str)]) -> Open {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let mut text = format!("GET {target} HTTP/1.1\r\nHost: app.localhost:{}\r\n", self.port);
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        stream.write_all(format!("{text}\r\n").as_bytes()).unwrap();
        Open {
            stream,
            unread: String::new(),
        }
    }

    pub fn cookie(&self, browser: &Browser) -> String {
        let host = format!("app.localhost:{}", self.port);
        format!(
            "__Host-symbolon={}",
            browser
                .jar
                .value(&host, "__Host-symbolon")
                .expect("the app host's own cookie")
        )
    }
}

/// A connection that stays open.
pub struct Open {
    stream: TcpStream,
    unread: String,
}

impl Open {
    /// Reads up to a text, and past it.
    pub fn read_until(&mut self, text: &str) {
        let mut chunk = [0; 4096];
        loop {
            if let Some(at) = self.unread.find(text) {
                self.unread.drain(..at + text.len());
                return;
            }
            let length = self.stream.read(&mut chunk).unwrap_or(0);
            assert!(length > 0, "{text} did not come: {}", self.unread);
            self.unread.push_str(&String::from_utf8_lossy(&chunk[..length]));
        }
    }

    pub fn write(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).unwrap();
    }
}

pub fn login_fields(page: &Response) -> Vec<(String, String)> {
    let mut fields = vec![
        ("username".into(), "ada".into()),
        ("password".into(), PASSWORD.into()),
    ];
    for name in ["csrf_token", "return_to"] {
        fields.push((
            name.to_owned(),
            page.field(name)
                .unwrap_or_else(|| panic!("no {name}: {}", page.body)),
        ));
    }
    fields
}
