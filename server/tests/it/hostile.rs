//! Guesses, revoked devices, and bytes that nobody should send.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use serde_json::json;

use crate::common::{World, device::Tablet};

#[test]
fn five_wrong_codes_must_wait() {
    let world = World::start();
    let try_code = |path: &str| {
        let body = json!({ "code": "0000-0000-0000-0000", "name": "guess" }).to_string();
        world.send("POST", path, &[("content-type", "application/json")], body.as_bytes())
    };
    for path in ["/v1/enrol", "/v1/company/enter", "/v1/enrol", "/v1/enrol", "/v1/company/enter"] {
        let answer = try_code(path);
        assert_eq!((answer.status, answer.code().as_str()), (403, "code-wrong"));
    }
    let stopped = try_code("/v1/enrol");
    assert_eq!((stopped.status, stopped.code().as_str()), (429, "too-many-tries"));
    assert!(stopped.retry_after.is_some_and(|seconds| seconds > 600));
}

#[test]
fn an_enrolment_code_works_once() {
    let world = World::start();
    let code =
        world.local_json("POST", "/v1/devices/codes", &json!({ "name": "T-01", "surveys": [] })).ok().json();
    let body = json!({ "code": code["code"], "name": "" }).to_string();
    let enrol = || world.send("POST", "/v1/enrol", &[("content-type", "application/json")], body.as_bytes());
    assert_eq!(enrol().ok().json()["name"], "T-01");
    assert_eq!(enrol().code(), "code-wrong");
}

#[test]
fn a_revoked_device_is_told_so_and_keeps_what_it_has() {
    let world = World::start();
    let survey = world.open("company-telework", "company", &["30-99"]);
    let mut tablet = Tablet::enrolled(&world, 1, &[survey]);
    assert_eq!(tablet.sync(&world), [("/v1/sync".to_owned(), 200)]);
    let id = tablet.device.enrolment().unwrap().device_id;
    assert_eq!(world.local("DELETE", &format!("/v1/devices/{id}"), b"").status, 204);
    let response = tablet.device.new_response(survey, "Kita", &mut tablet.rng).unwrap();
    assert_eq!(tablet.sync(&world), [("/v1/sync".to_owned(), 403)]);
    assert!(tablet.device.enrolment().unwrap().revoked);
    assert!(
        tablet.device.responses(survey).unwrap().iter().any(|card| card.id == response),
        "nothing is lost"
    );
}

#[test]
fn foreign_and_cut_bytes_are_refused_on_every_route_and_the_server_lives_on() {
    let world = World::start();
    let survey = world.open("loneliness", "anonymous", &["30-99"]);
    let code =
        world.local_json("POST", "/v1/devices/codes", &json!({ "name": "T", "surveys": [survey] })).json();
    let body = json!({ "code": code["code"], "name": "" }).to_string();
    let enrolled =
        world.send("POST", "/v1/enrol", &[("content-type", "application/json")], body.as_bytes()).json();
    let device = format!("Bearer {}", enrolled["token"].as_str().unwrap());
    let local = format!("Bearer {}", world.handle().app().local_token());
    let routes = [
        ("/v1/sync".to_owned(), Some(&device)),
        ("/v1/deposits".to_owned(), None),
        ("/v1/session".to_owned(), None),
        ("/v1/enrol".to_owned(), None),
        ("/v1/company/enter".to_owned(), None),
        ("/v1/accounts".to_owned(), Some(&local)),
        ("/v1/devices/codes".to_owned(), Some(&local)),
        ("/v1/surveys".to_owned(), Some(&local)),
        (format!("/v1/surveys/{survey}/cards"), Some(&local)),
        (format!("/v1/surveys/{survey}/close"), Some(&local)),
        (format!("/v1/surveys/{survey}/companies"), Some(&local)),
        (format!("/v1/surveys/{survey}/rows"), Some(&local)),
    ];
    let bodies: [&[u8]; 7] =
        [b"", b"{", b"\0\0\0\0", &[0xFF; 3000], b"{\"code\":1}", b"PK\x03\x04", "\u{FEFF}[]".as_bytes()];
    for (path, bearer) in routes {
        for body in bodies {
            let mut headers = vec![("content-type", "application/json")];
            headers.extend(bearer.map(|bearer| ("authorization", bearer.as_str())));
            let answer = world.send("POST", &path, &headers, body);
            assert!((400..500).contains(&answer.status), "{path}: {} {}", answer.status, answer.text());
            assert_eq!(answer.content_type, "application/problem+json", "{path}");
            assert!(!answer.code().is_empty() && answer.json()["requestId"].is_string(), "{path}");
        }
    }
    assert_eq!(world.send("GET", "/healthz", &[], b"").status, 200);
    assert_eq!(world.local("GET", "/v1/surveys", b"").ok().json()[0]["state"], "open");
}

#[test]
fn half_sent_heads_are_closed_by_a_timer() {
    let world = World::with(|config| config.header_seconds = 1);
    let mut slow = TcpStream::connect(world.handle().addr()).unwrap();
    slow.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n").unwrap();
    slow.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut rest = Vec::new();
    slow.read_to_end(&mut rest).expect("the server closes the connection");
    assert_eq!(world.send("GET", "/healthz", &[], b"").status, 200);
}

#[test]
fn pages_and_documents_name_no_foreign_host() {
    let world = World::start();
    let document = world.send("GET", "/v1/openapi.json", &[], b"").ok().json();
    assert!(document["paths"]["/v1/deposits"]["post"].is_object());
    let docs = world.send("GET", "/v1/docs/", &[], b"").ok().text();
    let initializer = world.send("GET", "/v1/docs/swagger-initializer.js", &[], b"").ok().text();
    for text in [docs, initializer] {
        assert!(!text.contains("https://") && !text.contains("src=\"//"), "{text}");
    }
    assert_eq!(world.send("GET", "/v1/nothing", &[], b"").code(), "not-found");
    assert!(world.send("GET", "/metrics", &[], b"").ok().text().contains("tsumugi_items_pending 0"));
    assert_eq!(world.send("GET", "/readyz", &[], b"").ok().json()["ready"], true);
}
