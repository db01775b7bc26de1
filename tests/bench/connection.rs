//! A connection that costs next to nothing: requests are bytes made before, replies are read
//! to their end. What is measured beside it is the server.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

/// One request as the bytes of HTTP/1.1.
pub(crate) fn post(url: &str, path: &str, media: &str, token: Option<&str>, body: &[u8]) -> Vec<u8> {
    let host = url.trim_start_matches("http://");
    let authorization = token.map_or(String::new(), |token| format!("authorization: Bearer {token}\r\n"));
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: {media}\r\n{authorization}content-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// An open connection.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    /// Connects to `http://host:port`.
    pub(crate) fn open(url: &str) -> Self {
        Self::try_open(url).expect("the server listens")
    }

    /// Connects, when somebody listens.
    pub(crate) fn try_open(url: &str) -> Option<Self> {
        let stream = TcpStream::connect(url.trim_start_matches("http://")).ok()?;
        stream.set_nodelay(true).ok()?;
        Some(Self { stream: BufReader::with_capacity(1 << 13, stream) })
    }

    /// True when a server answers there.
    pub(crate) fn answers(url: &str) -> bool {
        let asked = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        Self::try_open(url).and_then(|mut connection| connection.try_exchange(asked)).is_some()
    }

    /// Sends a request and gives status and body of the reply.
    pub(crate) fn exchange(&mut self, request: &[u8]) -> (u16, Vec<u8>) {
        self.try_exchange(request).expect("the server answers")
    }

    /// As `exchange`; `None` when the connection breaks.
    pub(crate) fn try_exchange(&mut self, request: &[u8]) -> Option<(u16, Vec<u8>)> {
        self.stream.get_mut().write_all(request).ok()?;
        let (mut status, mut length) = (0, 0);
        let mut line = String::new();
        loop {
            line.clear();
            if self.stream.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let text = line.trim_end().to_ascii_lowercase();
            if let Some(rest) = text.strip_prefix("http/1.1 ") {
                status = rest.get(..3).and_then(|code| code.parse().ok()).unwrap_or_default();
            } else if let Some(rest) = text.strip_prefix("content-length:") {
                length = rest.trim().parse().ok()?;
            } else if text.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).ok()?;
        Some((status, body))
    }
}

/// How long something took, and the processor time of this process meanwhile, in seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) seconds: f64,
    pub(crate) processor: f64,
}

/// Measures `work`.
pub(crate) fn cost(work: impl FnOnce()) -> Cost {
    let (began, before) = (Instant::now(), processor_seconds("self"));
    work();
    Cost { seconds: began.elapsed().as_secs_f64(), processor: processor_seconds("self") - before }
}

/// User and system time of a process by its number or `self`; 0 where it is not told.
pub(crate) fn processor_seconds(process: &str) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // Fields 14 and 15, counted after the name in brackets, in hundredths of a second.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks =
        |place: usize| fields.get(place).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
    (ticks(11) + ticks(12)) / 100.0
}

/// Sends every request once over `connections`; each must be answered by 200.
pub(crate) fn send_all(url: &str, requests: &[Vec<u8>], connections: usize) -> Cost {
    let next = AtomicUsize::new(0);
    cost(|| {
        std::thread::scope(|scope| {
            for _ in 0..connections {
                scope.spawn(|| {
                    let mut connection = Connection::open(url);
                    while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let (status, body) = connection.exchange(request);
                        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
                    }
                });
            }
        });
    })
}
