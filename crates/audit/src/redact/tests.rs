use super::*;

fn redacted(text: &str) -> String {
    Secrets::default().redact(text).0
}

#[test]
fn credentials_are_taken_out_wherever_they_stand() {
    let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2VjcmV0LXNpZ25hdHVyZQ";
    for text in [
        format!("Bearer {token}"),
        format!("{{\"access_token\": \"{token}\"}}"),
        format!("https://app.example/#access_token={token}&x=1"),
    ] {
        let shown = redacted(&text);
        assert!(!shown.contains("c2VjcmV0"), "{shown}");
        assert!(shown.contains("[signature]"), "{shown}");
    }
    assert_eq!(
        redacted("user=ada&password=hunter22&x=1"),
        "user=ada&password=[8 characters]&x=1"
    );
    assert_eq!(
        redacted(r#"{"client_secret" : "a\"bc", "n": 1}"#),
        r#"{"client_secret" : "[5 characters]", "n": 1}"#
    );
    assert_eq!(redacted("?code=abc&state=xyz"), "?code=[3 characters]&state=xyz");
    assert_eq!(redacted("nothing to hide: 1=1"), "nothing to hide: 1=1");
    assert!(!redacted("eyJhbGciOiJkaXIifQ..iv.cipher.tag").contains("cipher"));
}

#[test]
fn fields_that_carry_credentials_keep_their_form_only() {
    let secrets = Secrets::default();
    let shown = |name: &str, value: &str| secrets.field(name, value).0;
    assert_eq!(
        shown("Cookie", "sid=abc; theme=dark"),
        "sid=[3 characters]; theme=[4 characters]"
    );
    assert_eq!(
        shown("Set-Cookie", "sid=abc; Path=/; Secure"),
        "sid=[3 characters]; Path=/; Secure"
    );
    assert_eq!(shown("Authorization", "Basic YWRhOnB3"), "Basic [8 characters]");
    assert_eq!(shown("X-Api-Key", "12345678"), "[8 characters]");
    // Forged spellings of a good signature are as good where they are accepted.
    for spelled in ["c2l\tn", "c2l+/n==", " c2ln", "c2ln.e30", "c2 ln"] {
        assert_eq!(
            shown("Authorization", &format!("Bearer eyJh.eyJz.{spelled}")),
            "Bearer eyJh.eyJz.[signature]"
        );
        assert_eq!(
            shown("X-Token", &format!("eyJh.eyJz .{spelled}")),
            "eyJh.eyJz .[signature]"
        );
    }
    assert_eq!(
        shown("Authorization", "Bearer {\"signature\":\"c2ln\"}"),
        "Bearer [20 characters]"
    );
    assert_eq!(shown("Server", "nginx"), "nginx");
}

#[test]
fn to_redact_twice_changes_nothing_and_a_value_in_brackets_is_masked() {
    for text in [
        "password=hunter22&x=1",
        "{\"client_secret\": \"a b\", \"otp\": 123456}",
        "https://user:pw@host/?code=abc",
        "token=eyJh.eyJz.c2ln",
    ] {
        assert_eq!(redacted(&redacted(text)), redacted(text), "{text}");
    }
    assert_eq!(redacted("password=[x]y"), "password=[4 characters]");
    assert_eq!(redacted("password=[3 characters]y"), "password=[15 characters]");
    assert_eq!(
        redacted("{\"token\": \"[hidden]\"}"),
        "{\"token\": \"[8 characters]\"}"
    );
    assert_eq!(redacted("token=x.[signature]"), "token=[13 characters]");
    assert_eq!(
        redacted("{\"otp\": 123456, \"n\": 1}"),
        "{\"otp\": [6 characters], \"n\": 1}"
    );
    assert_eq!(
        redacted("to https://ada:pw%40x@host:1/p and http://a/b@c"),
        "to https://[10 characters]@host:1/p and http://a/b@c"
    );
}

#[test]
fn a_named_secret_is_found_anywhere() {
    let secrets = Secrets::default();
    secrets.add("correct horse", "password");
    secrets.add("correct horse battery", "other password");
    secrets.add("ab", "too short to be looked for");
    assert_eq!(
        secrets.redact("<p>correct horse battery, correct horse, ab").0,
        "<p>[other password], [password], ab"
    );
}
