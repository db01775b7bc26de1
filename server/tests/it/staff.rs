//! Staff: sessions, roles, guesses.

use crate::common::{PASSWORD, World};
use serde_json::json;
use tsumugi_server::api::Role;

#[test]
fn each_role_reaches_its_routes_and_no_others() {
    let world = World::start();
    let people = [
        world.staff("chief", Role::Admin),
        world.staff("field", Role::FieldManager),
        world.staff("count", Role::Analyst),
    ];
    // Allowed for admin, field manager, analyst. 403 is the refusal; anything else got past the door.
    let survey = "/v1/surveys/00000000000000000000000000000001";
    let table: [(&str, String, [bool; 3]); 19] = [
        ("GET", "/v1/session".into(), [true, true, true]),
        ("GET", "/v1/accounts".into(), [true, false, false]),
        ("POST", "/v1/accounts".into(), [true, false, false]),
        ("GET", "/v1/audit".into(), [true, false, false]),
        ("GET", "/v1/devices".into(), [true, true, false]),
        ("POST", "/v1/devices/codes".into(), [true, true, false]),
        ("DELETE", "/v1/devices/00000000000000000000000000000001".into(), [true, true, false]),
        ("GET", "/v1/forms".into(), [true, true, true]),
        ("POST", "/v1/forms".into(), [true, true, false]),
        ("GET", "/v1/surveys".into(), [true, true, true]),
        ("POST", "/v1/surveys".into(), [true, true, false]),
        ("POST", format!("{survey}/open"), [true, true, false]),
        ("POST", format!("{survey}/close"), [true, true, false]),
        ("POST", format!("{survey}/cards"), [true, true, false]),
        ("POST", format!("{survey}/companies"), [true, true, false]),
        ("POST", format!("{survey}/rows"), [true, true, false]),
        ("GET", format!("{survey}/fieldwork"), [true, true, true]),
        ("GET", "/v1/indicators".into(), [true, false, true]),
        ("GET", "/v1/indicators/S1-KGI/breakdown".into(), [true, false, true]),
    ];
    for (method, path, allowed) in table {
        let body = match path.rsplit('/').next().unwrap() {
            "accounts" => json!({ "account": "x", "password": "short", "role": "analyst" }),
            "codes" => json!({ "name": "T-01", "surveys": [] }),
            "surveys" => {
                json!({ "form": "00".repeat(32), "mode": "register", "title": {}, "fiscalYear": 2026, "opens": "2026-04-01", "closes": "2026-05-01" })
            }
            "cards" => json!({ "stratum": "all", "count": 1 }),
            _ => json!({}),
        };
        for (person, allowed) in people.iter().zip(allowed) {
            let answer = person.send(&world, method, &path, body.to_string().as_bytes());
            let refused = answer.status == 403 && answer.code() == "role-missing";
            assert_eq!(!refused, allowed, "{method} {path}: {} {}", answer.status, answer.text());
        }
        let stranger =
            world.send(method, &path, &[("content-type", "application/json")], body.to_string().as_bytes());
        assert_eq!(stranger.status, 401, "{method} {path}");
    }
}

#[test]
fn a_cookie_alone_changes_nothing() {
    let world = World::start();
    let chief = world.staff("chief", Role::Admin);
    let headers = [("cookie", chief.cookie.as_str()), ("content-type", "application/json")];
    let answer = world.send("POST", "/v1/devices/codes", &headers, br#"{"name":"T-01","surveys":[]}"#);
    assert_eq!((answer.status, answer.code().as_str()), (403, "csrf"));
    assert_eq!(answer.content_type, "application/problem+json");
}

#[test]
fn a_session_that_was_ended_is_over() {
    let world = World::start();
    let chief = world.staff("chief", Role::Admin);
    assert_eq!(chief.send(&world, "DELETE", "/v1/session", b"").status, 204);
    assert_eq!(chief.send(&world, "GET", "/v1/session", b"").status, 401);
}

#[test]
fn five_wrong_passwords_must_wait_and_an_unknown_name_answers_alike() {
    let world = World::start();
    world.staff("chief", Role::Admin);
    let try_in = |account: &str, password: &str| {
        let body = json!({ "account": account, "password": password }).to_string();
        world.send("POST", "/v1/session", &[("content-type", "application/json")], body.as_bytes())
    };
    let (known, unknown) = (try_in("chief", "wrong wrong wrong"), try_in("nobody", "wrong wrong wrong"));
    assert_eq!((known.status, known.code()), (unknown.status, unknown.code()));
    for _ in 0..3 {
        assert_eq!(try_in("chief", "wrong wrong wrong").status, 403);
    }
    let stopped = try_in("chief", PASSWORD);
    assert_eq!(stopped.status, 429);
    assert!(stopped.retry_after.is_some_and(|seconds| seconds > 60));
}
