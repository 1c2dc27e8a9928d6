//! Router, document and readers of bodies say the same.

use super::*;
use crate::http::admin::operations;
use std::collections::BTreeSet;

fn documented(document: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            found.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    found
}

#[tokio::test]
async fn every_operation_is_documented_and_every_documented_one_answers() {
    let api = Api::new().await;
    let (status, document) = api.get("/admin/v1/openapi.json").await;
    assert_eq!(status, StatusCode::OK);
    let routed: BTreeSet<String> = operations::all()
        .iter()
        .map(|o| format!("{} {}", o.method, o.path))
        .collect();
    assert_eq!(documented(&document), routed);
    for operation in &routed {
        let (method, path) = operation.split_once(' ').unwrap();
        let (status, answer) = api.call(method, &super::access::filled(path), None).await;
        assert_ne!(status, StatusCode::METHOD_NOT_ALLOWED, "{operation}");
        let lost = answer["detail"] == "The admin API has no such path.";
        assert!(
            !lost && status != StatusCode::INTERNAL_SERVER_ERROR,
            "{operation}: {answer}"
        );
    }
    assert_eq!(document["security"], json!([{"admin_token": []}]));
    assert_eq!(
        document["components"]["securitySchemes"]["admin_token"]["scheme"],
        "bearer"
    );
}

#[tokio::test]
async fn every_parameter_of_a_path_is_documented() {
    let document = serde_json::to_value(crate::http::admin::document()).unwrap();
    for (path, item) in document["paths"].as_object().unwrap() {
        let in_path: BTreeSet<&str> = path
            .split('/')
            .filter_map(|s| s.strip_prefix('{').and_then(|s| s.strip_suffix('}')))
            .collect();
        for (method, operation) in item.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let told: BTreeSet<String> = parameters
                .iter()
                .filter(|p| p["in"] == "path")
                .map(|p| text(&p["name"]))
                .collect();
            assert!(
                told.iter().map(String::as_str).eq(in_path.iter().copied()),
                "{method} {path}: {told:?}"
            );
            assert!(
                operation["summary"].is_string() || operation["description"].is_string(),
                "{method} {path}"
            );
        }
    }
}

/// Members that a reader knows, as it tells them itself.
fn known(problem: &Value, path: &str) -> BTreeSet<String> {
    let errors = problem["errors"].as_array().unwrap();
    let error = errors
        .iter()
        .find(|e| e["path"] == path)
        .unwrap_or_else(|| panic!("{problem}"));
    let hint = text(&error["hint"]);
    hint.strip_prefix("known: ")
        .unwrap()
        .split(", ")
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn documented_bodies_have_the_members_that_are_read() {
    let api = Api::new().await;
    api.user("ada").await;
    let (_, document) = api.get("/admin/v1/openapi.json").await;
    let shape = |name: &str| -> BTreeSet<String> {
        let properties = &document["components"]["schemas"][name]["properties"];
        properties
            .as_object()
            .unwrap_or_else(|| panic!("{name}"))
            .keys()
            .cloned()
            .collect()
    };
    let mut bodies = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
            let Some(name) = schema.as_str().and_then(|r| r.rsplit('/').next()) else {
                continue;
            };
            let body = json!({"zz": 1, "refresh": {"zz": 1}});
            let (status, problem) = api
                .call(&method.to_uppercase(), &super::access::filled(path), Some(body))
                .await;
            assert_eq!(status.as_u16(), 422, "{method} {path}: {problem}");
            assert_eq!(known(&problem, "zz"), shape(name), "{method} {path}");
            if name == "NewClient" {
                assert_eq!(known(&problem, "refresh.zz"), shape("NewRefresh"));
            }
            bodies += 1;
        }
    }
    assert_eq!(bodies, 11);
}

#[tokio::test]
async fn every_operation_has_a_scope_and_the_document_says_it() {
    let document = serde_json::to_value(crate::http::admin::document()).unwrap();
    let mut scopes = BTreeSet::new();
    let mut actions = BTreeSet::new();
    for operation in operations::all() {
        let method = operation.method.as_str().to_lowercase();
        let said = &document["paths"][operation.path][&method]["security"];
        let scope = operation.scope.as_str();
        assert_eq!(
            said,
            &json!([{"admin_token": [scope]}]),
            "{method} {}",
            operation.path
        );
        assert!(
            actions.insert(operation.action),
            "{} is told apart",
            operation.action
        );
        // Who may only look changes nothing.
        let looks = matches!(scope, "read" | "events" | "metrics");
        assert!(!(looks && operation.needs().changes), "{}", operation.action);
        scopes.insert(scope);
    }
    let all: BTreeSet<&str> = domain::admin_token::AdminScope::ALL
        .iter()
        .map(|s| s.as_str())
        .collect();
    assert_eq!(scopes, all, "a scope that nothing needs");
}
