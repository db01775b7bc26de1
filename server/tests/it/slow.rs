//! Whoever is slow or many does not keep others out. No test waits for a clock of its own: a
//! connection that the server does not close would hang, and so would a healthy client.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use crate::common::World;

/// What a half-open connection has sent.
const HALVES: [&str; 4] = [
    "",
    "GET /healthz HT",
    "GET /healthz HTTP/1.1\r\nhost: x\r\n",
    "POST /v1/deposits HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\nfirst bytes",
];

fn connect(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(to).unwrap();
    // Far more than any limit of these tests: a hang becomes a failure.
    stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(120))).unwrap();
    stream
}

fn half_open(to: SocketAddr, count: usize) -> Vec<TcpStream> {
    let one = |at: usize| {
        let mut stream = connect(to);
        // The server may have closed it already.
        let _ = stream.write_all(HALVES[at % HALVES.len()].as_bytes());
        stream
    };
    (0..count).map(one).collect()
}

/// Reads to the end; a connection that was reset has ended as well.
fn rest(mut stream: &TcpStream) -> String {
    let mut rest = Vec::new();
    match stream.read_to_end(&mut rest) {
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
            panic!("the server does not close the connection")
        }
        _ => String::from_utf8_lossy(&rest).into_owned(),
    }
}

#[test]
fn four_hundred_half_open_connections_are_closed_and_a_healthy_client_is_served_meanwhile() {
    let world = World::with(|config| {
        config.header_seconds = 2;
        config.body_grace_seconds = 2;
    });
    let slow = half_open(world.handle().addr(), 400);
    for _ in 0..20 {
        assert_eq!(world.send("GET", "/healthz", &[], b"").status, 200);
    }
    for (at, stream) in slow.iter().enumerate() {
        let answer = rest(stream);
        assert!(!answer.contains(" 200 "), "{at}: {answer}");
        if at % HALVES.len() == 3 {
            assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("body-slow"), "{at}: {answer}");
        }
    }
    assert_eq!(world.send("GET", "/healthz", &[], b"").status, 200);
}

#[test]
fn one_address_cannot_take_all_connections() {
    let world = World::with(|config| {
        // Nobody is closed for being slow: only the number is left.
        config.header_seconds = 100_000;
        config.body_seconds = 100_000;
        config.body_grace_seconds = 100_000;
        config.connections = 60;
        config.connections_per_address = 50;
    });
    let port = world.handle().addr().port();
    let slow = half_open(world.handle().addr(), 200);
    // Those over the limit are closed at once: the first 50 stand.
    let closed = slow.iter().skip(50).map(rest);
    assert!(closed.into_iter().all(|answer| answer.is_empty()));
    // Somebody else is served.
    let healthy = elsewhere(port);
    let mut healthy = &healthy;
    healthy.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    assert!(rest(healthy).starts_with("HTTP/1.1 200 "));
    drop(slow);
}

/// A connection from another address of this machine.
fn elsewhere(port: u16) -> TcpStream {
    use std::net::{IpAddr, Ipv4Addr};
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let stream = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2)), 0)).unwrap();
        socket.connect(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)).await.unwrap().into_std()
    });
    let stream = stream.unwrap();
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
    stream
}

#[test]
fn a_body_that_trickles_is_told_so() {
    let world = World::with(|config| {
        config.body_grace_seconds = 1;
        config.body_rate = 1_000_000;
    });
    let mut stream = connect(world.handle().addr());
    stream.write_all(b"POST /v1/deposits HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n").unwrap();
    // A byte now and then is never enough; the server closes, and writing fails.
    let mut trickle = stream.try_clone().unwrap();
    let writer = std::thread::spawn(move || {
        while trickle.write_all(b"x").is_ok() {
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    let answer = rest(&stream);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408 "), "{answer}");
    drop(stream);
    writer.join().unwrap();
}

#[test]
fn who_takes_nothing_of_an_answer_is_closed() {
    let world = World::with(|config| config.write_seconds = 1);
    let mut stream = connect(world.handle().addr());
    // Far more answers than the buffers of both sides hold, none of which is read.
    let asked = b"GET /v1/openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(2_000);
    let written = stream.write_all(&asked);
    // Reading begins only when the server has given up on it.
    let mut ended = written.is_err();
    while !ended {
        ended = stream.write_all(b"\r\n").is_err();
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(world.send("GET", "/healthz", &[], b"").status, 200);
}
