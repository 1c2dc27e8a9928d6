use super::*;
use domain::testing::SeededEntropy;

fn pool() -> PasswordPool {
    let config = LoginConfig {
        argon2_memory_kib: 64,
        argon2_passes: 1,
        hashing_places: 1,
        hashing_queue: 1,
        ..LoginConfig::default()
    };
    PasswordPool::new(&config, &SeededEntropy::new(1)).unwrap()
}

fn text(password: &str) -> Zeroizing<String> {
    Zeroizing::new(password.to_owned())
}

#[tokio::test]
async fn only_the_right_password_fits_and_nobody_has_none() {
    let pool = pool();
    let kept = pool
        .hash(text("correct horse battery"), Arc::new(SeededEntropy::new(2)))
        .await
        .unwrap();
    assert!(kept.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
    assert!(
        pool.verify(text("correct horse battery"), Some(&kept))
            .await
            .unwrap()
    );
    assert!(
        !pool
            .verify(text("correct horse batterz"), Some(&kept))
            .await
            .unwrap()
    );
    assert!(!pool.verify(text("correct horse battery"), None).await.unwrap());
}

#[tokio::test]
async fn overlong_passwords_never_fit() {
    let pool = pool();
    let long = "x".repeat(MAX_BYTES + 1);
    let kept = pool
        .hash(text("short enough to be kept"), Arc::new(SeededEntropy::new(2)))
        .await
        .unwrap();
    assert!(!pool.verify(text(&long), Some(&kept)).await.unwrap());
}

#[tokio::test]
async fn nothing_that_is_too_long_is_ever_kept_nor_fits_another_that_is() {
    let pool = pool();
    // One letter of three bytes that becomes 18: short as typed, too long as compared.
    let grows = "\u{fdfa}".repeat(100);
    for long in ["x".repeat(MAX_BYTES + 1), grows] {
        let kept = pool.hash(text(&long), Arc::new(SeededEntropy::new(3))).await;
        assert!(
            kept.is_err(),
            "the hash of a text in its place would fit every long password"
        );
    }
    let empty = pool
        .hash(text(""), Arc::new(SeededEntropy::new(3)))
        .await
        .unwrap();
    let fits = pool.verify(text(&"y".repeat(MAX_BYTES + 1)), Some(&empty)).await;
    assert!(!fits.unwrap());
}

#[tokio::test]
async fn one_password_on_two_keyboards_is_one() {
    let pool = pool();
    let typed = [
        "caf\u{e9} of seven lanterns",
        "cafe\u{301} of seven lanterns",
        "cafe\u{301} of \u{ff53}even lanterns",
    ];
    for one in typed {
        let kept = pool
            .hash(text(one), Arc::new(SeededEntropy::new(4)))
            .await
            .unwrap();
        for other in typed {
            assert!(
                pool.verify(text(other), Some(&kept)).await.unwrap(),
                "{one} {other}"
            );
        }
        let plain = pool.verify(text("cafe of seven lanterns"), Some(&kept)).await;
        assert!(!plain.unwrap(), "an accent counts");
    }
}

#[tokio::test]
async fn beyond_places_and_queue_the_answer_is_come_back() {
    let pool = pool();
    let _all = Arc::clone(&pool.admitted).acquire_many_owned(2).await.unwrap();
    assert!(matches!(pool.verify(text("x"), None).await, Err(Fault::Busy)));
}
