//! The same thing 64 times at once: one row, and 64 times the same reply.

use std::{
    collections::BTreeMap,
    io::{self, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    sync::Barrier,
    thread,
};

use tsumugi_core::device::HttpRequest;

use crate::{
    client::{Company, DEPOSIT_TYPE, Urn, body_of},
    held,
    report::Report,
    season::scratch,
    sent::{Sent, Standing},
    served::Served,
    siege::{PLAIN, copy_folder},
    tablet::Reply,
    ward::Ward,
};

/// Posts at once.
const AT_ONCE: usize = 64;
/// Rounds on one server.
const ROUNDS: u64 = 500;

/// Posts one record and one answer 64 times at once, `rounds` times; `program` is the binary
/// `durability-server`.
///
/// # Panics
/// When the ward around the server does not do what its own stories prove.
pub fn storm(program: &Path, rounds: u64, seed: u64) -> Report {
    let (mut report, mut left, mut seed) = (Report::default(), rounds, seed);
    while left > 0 {
        let some = left.min(ROUNDS);
        left -= some;
        report.add(on_one_server(program, some, seed));
        seed += 1;
    }
    report
}

fn on_one_server(program: &Path, rounds: u64, seed: u64) -> Report {
    let mut ward = Ward::with(1, u32::try_from(rounds).unwrap_or(u32::MAX));
    let mut company = Company::of(&ward, ward.letters.first().expect("a letter"), seed);
    let mut urn = Urn::of(&ward, 0, ward.cards.len(), seed);
    ward.world.stop();
    let folder = scratch();
    copy_folder(ward.world.data(), folder.path());
    let mut served = Served::start(program, folder.path(), PLAIN).expect("a server");
    let address = served.url.trim_start_matches("http://").to_owned();
    let (mut sent, mut report) = (Sent::default(), Report::default());
    for round in 0..rounds {
        let mut wrong = Vec::new();
        company.answer();
        let taken = company.exchange_by(&mut sent, &mut |request| at_once(&address, request, &mut wrong));
        if !taken || company.waiting() > 0 {
            wrong.push("the answer was not taken".to_owned());
        }
        if let Some(record) = urn.take() {
            let body = body_of(std::slice::from_ref(&record)).unwrap_or_default();
            let request = HttpRequest {
                id: 0,
                method: "POST".to_owned(),
                path: "/v1/deposits".to_owned(),
                content_type: DEPOSIT_TYPE.to_owned(),
                authorization: None,
                body,
            };
            let reply = at_once(&address, &request, &mut wrong);
            let standing = if reply.status == 200 { Standing::Acknowledged } else { Standing::Tried };
            sent.record(record.nullifier(), record.encode(), standing);
        }
        wrong.extend(held::compare(&folder.path().join("tsumugi.db"), &sent).wrong);
        report.blows += 1;
        report.note(&format!("seed {seed}, round {round}"), wrong);
    }
    report.acknowledged = sent.acknowledged() as u64;
    report.note("at the end", served.kill());
    report
}

/// Sends a request 64 times at once and gives one of the replies, which are to be the same.
fn at_once(address: &str, request: &HttpRequest, wrong: &mut Vec<String>) -> Reply {
    let start = Barrier::new(AT_ONCE);
    let replies: Vec<io::Result<(u16, Vec<u8>)>> = thread::scope(|scope| {
        let posts: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(|| post(address, request, &start))).collect();
        posts.into_iter().map(|post| post.join().expect("a post")).collect()
    });
    let mut different: BTreeMap<(u16, Vec<u8>), usize> = BTreeMap::new();
    for reply in replies {
        match reply {
            Ok(reply) => *different.entry(reply).or_default() += 1,
            Err(error) => wrong.push(format!("a post was not answered: {error}")),
        }
    }
    if different.len() != 1 {
        let each: Vec<(u16, usize)> =
            different.iter().map(|((status, _), times)| (*status, *times)).collect();
        wrong.push(format!("{} different replies on {}: {each:?}", different.len(), request.path));
    }
    let (status, body) = different.into_keys().next().unwrap_or_default();
    Reply { status, body }
}

/// Sends all but the last byte, waits for the others, sends it and reads to the end.
fn post(address: &str, request: &HttpRequest, start: &Barrier) -> io::Result<(u16, Vec<u8>)> {
    let connected = TcpStream::connect(address);
    let authorization = request
        .authorization
        .as_deref()
        .map(|token| format!("authorization: {token}\r\n"))
        .unwrap_or_default();
    let mut message = format!(
        "POST {} HTTP/1.1\r\nhost: {address}\r\ncontent-type: {}\r\n{authorization}content-length: {}\r\nconnection: close\r\n\r\n",
        request.path,
        request.content_type,
        request.body.len()
    )
    .into_bytes();
    message.extend_from_slice(&request.body);
    let last = message.pop().unwrap_or_default();
    let begun = connected.and_then(|mut stream| stream.write_all(&message).map(|()| stream));
    // Also one that could not connect lets the others go on.
    start.wait();
    let mut stream = begun?;
    stream.write_all(&[last])?;
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply)?;
    let head = reply.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(reply.len());
    let status = reply.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()).unwrap_or_default();
    let body = reply.get(head + 4..).unwrap_or_default().to_vec();
    Ok((status.parse().map_err(io::Error::other)?, body))
}
