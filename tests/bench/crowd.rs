//! Clients that mean no good or are merely many, beside one who works.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use tsumugi_core::survey::Mode;
use tsumugi_tests::World;

use crate::{
    connection::{Connection, post},
    items,
    outside::Server,
    report::{Report, percentile},
};

const HALF_OPEN: usize = 5_000;
const LISTENERS: usize = 1_000;
const NEWS: usize = 20;

pub(crate) fn measure(report: &mut Report) {
    if !report.wants("crowd") {
        return;
    }
    half_open(report);
    listeners(report);
}

/// Heads of requests that never end, opened again as fast as they are closed.
fn half_open(report: &mut Report) {
    let mut world = World::new();
    // All of them have this machine's address, of which a server closes what is over a limit.
    let server = Server::in_place_of(&mut world, &[("TSUMUGI_CONNECTIONS_PER_ADDRESS", "0")]);
    let request = get(&server.url, "/v1/server");
    report.say("crowd/alone-p99", percentile(&healthy(&server.url, &request, 200), 0.99), "ms", None);
    let ended = AtomicBool::new(false);
    let waits = thread::scope(|scope| {
        scope.spawn(|| keep_half_open(&server.url, &ended));
        thread::sleep(Duration::from_secs(3));
        let waits = healthy(&server.url, &request, 2_000);
        ended.store(true, Ordering::Relaxed);
        waits
    });
    report.say("crowd/half-open-5000-p99", percentile(&waits, 0.99), "ms", Some(500.0));
    if let Some(peak) = server.peak_mebibytes() {
        report.say("crowd/half-open-5000-memory", peak, "MiB", None);
    }
}

fn keep_half_open(url: &str, ended: &AtomicBool) {
    let address = url.trim_start_matches("http://");
    let mut held: Vec<Option<TcpStream>> = (0..HALF_OPEN).map(|_| None).collect();
    while !ended.load(Ordering::Relaxed) {
        for place in &mut held {
            if place.as_mut().is_none_or(|socket| !is_open(socket)) {
                *place = TcpStream::connect(address).ok().and_then(|mut socket| {
                    socket.set_nonblocking(true).ok()?;
                    socket.write_all(b"POST /v1/sync HTTP/1.1\r\nhost: half").ok()?;
                    Some(socket)
                });
            }
        }
        thread::sleep(Duration::from_millis(200));
    }
}

fn is_open(socket: &mut TcpStream) -> bool {
    let nothing_yet = |error: std::io::Error| error.kind() == std::io::ErrorKind::WouldBlock;
    socket.read(&mut [0; 64]).map_or_else(nothing_yet, |length| length > 0)
}

/// A client that opens a connection for each request, as a page that is loaded does; in ms.
fn healthy(url: &str, request: &[u8], times: usize) -> Vec<f64> {
    let once = |_| {
        let asked = Instant::now();
        let (status, _) = Connection::open(url).exchange(request);
        assert_eq!(status, 200);
        asked.elapsed().as_secs_f64() * 1e3
    };
    (0..times).map(once).collect()
}

/// A thousand tablets listen for news; how long until the last of them has heard.
fn listeners(report: &mut Report) {
    let mut world = World::new();
    let survey = world.open("company-telework", Mode::Company, 2026, &[("30-99", 1_840)]).id;
    let token = |name: &str| {
        let mut tablet = world.tablet(name, &[survey]);
        tablet.device().enrolment().expect("enrolled").token.clone()
    };
    // A device has four streams at most.
    let tokens: Vec<String> = (0..LISTENERS / 4).map(|number| token(&format!("T-{number}"))).collect();
    let sender = token("T-sender");
    let server = Server::in_place_of(&mut world, &[]);
    let mut streams: Vec<TcpStream> =
        (0..LISTENERS).filter_map(|number| Some(listen(&server.url, tokens.get(number / 4)?))).collect();
    streams.iter_mut().for_each(await_news);
    let mut connection = Connection::open(&server.url);
    let mut waits = Vec::new();
    for item in items::items(survey, NEWS, 7) {
        let push = tsumugi_core::sync::Request { push: vec![item], ..Default::default() };
        let request = post(&server.url, "/v1/sync", items::MEDIA, Some(&sender), &push.encode());
        let sent = Instant::now();
        assert_eq!(connection.exchange(&request).0, 200);
        streams.iter_mut().for_each(await_news);
        waits.push(sent.elapsed().as_secs_f64() * 1e3);
    }
    report.say("crowd/news-to-1000-all-heard-p50", percentile(&waits, 0.5), "ms", Some(1_000.0));
    report.say("crowd/news-to-1000-all-heard-p99", percentile(&waits, 0.99), "ms", Some(1_000.0));
    let request = get(&server.url, "/v1/server");
    report.say(
        "crowd/beside-1000-streams-p99",
        percentile(&healthy(&server.url, &request, 500), 0.99),
        "ms",
        Some(500.0),
    );
    if let Some(peak) = server.peak_mebibytes() {
        report.say("crowd/1000-streams-memory", peak, "MiB", None);
    }
}

fn get(url: &str, path: &str) -> Vec<u8> {
    let host = url.trim_start_matches("http://");
    format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").into_bytes()
}

fn listen(url: &str, token: &str) -> TcpStream {
    let mut socket = TcpStream::connect(url.trim_start_matches("http://")).expect("the server listens");
    write!(socket, "GET /v1/live HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n")
        .expect("a socket");
    socket
}

/// Reads to the next news.
fn await_news(stream: &mut TcpStream) {
    let (mut seen, mut piece) = (Vec::new(), [0; 256]);
    while !seen.windows(11).any(|window| window == b"event: news") {
        let length = stream.read(&mut piece).expect("the stream goes on");
        assert!(length > 0, "the stream ended: {}", String::from_utf8_lossy(&seen));
        seen.extend(piece.iter().take(length));
    }
}
