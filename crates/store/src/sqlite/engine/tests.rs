use std::sync::mpsc::channel;

use super::*;
use crate::intent::{Actor, Revoke};
use crate::intents;
use crate::sqlite::codec::Values;
use crate::sqlite::rows::meta;
use crate::sqlite::schema::SCHEMA;
use crate::sqlite::scratch::Scratch;
use domain::id::Id;
use domain::revocation::Target;
use domain::{Span, Timestamp};

fn start(scratch: &Scratch) -> (Arc<Writer>, Arc<Counters>) {
    start_with(scratch, Arc::default())
}

fn start_with(scratch: &Scratch, hand: Arc<Hand>) -> (Arc<Writer>, Arc<Counters>) {
    let counters = Arc::new(Counters::default());
    let connection = scratch.writer(&SCHEMA).unwrap();
    let clock: Arc<dyn Clock> = scratch.clock.clone();
    let reserve = Arc::new(Reserve::new(&scratch.place(), 0));
    let other = crate::sqlite::open::connect(&scratch.place().data).unwrap();
    let kept = (Arc::clone(&counters), reserve, hand);
    let writer = Writer::start((connection, other), clock, kept).unwrap();
    (Arc::new(writer), counters)
}

/// Keeps the writer busy until the sender is dropped, so that what is sent meanwhile shares one transaction.
async fn hold(writer: &Arc<Writer>) -> std::sync::mpsc::Sender<()> {
    let (release, wait) = channel::<()>();
    let (tell, begun) = oneshot::channel();
    let (own, mut tell) = (Arc::clone(writer), Some(tell));
    tokio::spawn(async move {
        own.write(0, move |_, _| {
            tell.take().unwrap().send(()).unwrap();
            let _ = wait.recv();
            Ok(())
        })
        .await
    });
    begun.await.unwrap();
    release
}

type Work = Box<dyn FnMut(&mut SqliteRows<'_>, Timestamp) -> Result<()> + Send>;

/// Runs all in one transaction and gives back what each caller was told.
async fn together(writer: &Arc<Writer>, works: Vec<Work>) -> Vec<Result<()>> {
    let release = hold(writer).await;
    let mut told = Vec::new();
    for work in works {
        let own = Arc::clone(writer);
        let (sent, is_sent) = oneshot::channel();
        told.push(tokio::spawn(async move {
            let answer = own.write(1, work);
            let mut answer = Box::pin(answer);
            // One poll puts it in the queue.
            let first =
                std::future::poll_fn(|context| std::task::Poll::Ready(answer.as_mut().poll(context))).await;
            sent.send(()).unwrap();
            match first {
                std::task::Poll::Ready(answer) => answer,
                std::task::Poll::Pending => answer.await,
            }
        }));
        is_sent.await.unwrap();
    }
    drop(release);
    let mut answers = Vec::new();
    for task in told {
        answers.push(task.await.unwrap());
    }
    answers
}

fn lease(ms: u64) -> Work {
    Box::new(move |rows, _| meta::raise_largest_lease(rows.connection, Span::from_ms(ms)))
}

fn user(name: &'static str) -> Work {
    Box::new(move |rows, now| {
        let sql = "INSERT INTO users (id, name, name_key, credential_version, created_at, admin)
            VALUES (randomblob(16), ?1, ?1, 1, ?2, 0)";
        Values::default().text(name).time(now).run(rows.connection, sql)?;
        Ok(())
    })
}

fn revoked(n: u8) -> Work {
    Box::new(move |rows, now| {
        let intent = Revoke {
            targets: vec![Target::Session(Id::from_bytes([n; 16]))],
            reason: "test".to_owned(),
            actor: Actor::system(),
            receipt: None,
        };
        intents::revoke(rows, now, &intent).map(|_| ())
    })
}

fn and_fails(mut work: Work) -> Work {
    Box::new(move |rows, now| work(rows, now).and(Err(StoreError::Limit("after a write"))))
}

/// A foreign key that is only checked at the commit: the job succeeds, the commit cannot.
fn poison() -> Work {
    Box::new(|rows, _| {
        rows.connection.execute_batch("PRAGMA defer_foreign_keys = ON")?;
        let sql = "INSERT INTO faces (session, host, digest, generation) VALUES (x'00', '', x'00', 1)";
        Values::default().run(rows.connection, sql).map(|_| ())
    })
}

fn names(scratch: &Scratch) -> Vec<String> {
    let connection = crate::sqlite::open::open_reader(&scratch.place().data).unwrap();
    let sql = "SELECT name FROM users ORDER BY name";
    Values::default().all(&connection, sql, |c| c.plain()).unwrap()
}

#[tokio::test]
async fn what_waits_shares_one_commit() {
    let scratch = Scratch::new();
    let (writer, counters) = start(&scratch);
    let told = together(&writer, vec![user("a"), user("b"), user("c")]).await;
    assert!(told.iter().all(Result::is_ok));
    assert_eq!((counters.jobs(), counters.batches()), (4, 2));
    assert_eq!(names(&scratch), ["a", "b", "c"]);
}

#[tokio::test]
async fn a_failing_job_is_undone_alone() {
    let scratch = Scratch::new();
    let (writer, counters) = start(&scratch);
    let told = together(
        &writer,
        vec![user("a"), and_fails(user("half")), user("a"), user("b")],
    )
    .await;
    assert_eq!(told[0], Ok(()));
    assert_eq!(told[1], Err(StoreError::Limit("after a write")));
    assert!(
        matches!(told[2], Err(StoreError::Corrupt(_))),
        "the name is taken"
    );
    assert_eq!(told[3], Ok(()));
    assert_eq!(names(&scratch), ["a", "b"]);
    assert_eq!(counters.failed_jobs(), 2);
}

#[tokio::test]
async fn a_commit_that_fails_keeps_nothing_and_tells_everybody() {
    let scratch = Scratch::new();
    let (writer, counters) = start(&scratch);
    let told = together(&writer, vec![user("a"), poison(), user("b")]).await;
    assert!(told.iter().all(Result::is_err), "{told:?}");
    assert_eq!(counters.failed_commits(), 1);
    assert!(names(&scratch).is_empty());
    assert_eq!(writer.write(0, user("later")).await, Ok(()));
    assert_eq!(names(&scratch), ["later"]);
}

#[tokio::test]
async fn a_transaction_given_up_by_the_engine_is_not_acknowledged() {
    let scratch = Scratch::new();
    let (writer, _) = start(&scratch);
    let lost: Work = Box::new(|rows, _| {
        rows.connection.execute_batch("ROLLBACK")?;
        Err(StoreError::Full)
    });
    let told = together(&writer, vec![user("a"), lost, user("b")]).await;
    assert_eq!(told, [Err(StoreError::Full), Err(StoreError::Full), Ok(())]);
    assert_eq!(names(&scratch), ["b"]);
}

#[tokio::test]
async fn a_full_queue_refuses_at_once_and_a_stopped_writer_too() {
    let scratch = Scratch::new();
    let (writer, counters) = start(&scratch);
    let release = hold(&writer).await;
    let mut waiting = Vec::new();
    for n in 0..QUEUE {
        let mut answer = Box::pin(writer.write(1, lease(n as u64)));
        let first = std::future::poll_fn(|context| {
            std::task::Poll::Ready(answer.as_mut().poll(context).is_pending())
        });
        assert!(first.await, "{n}");
        waiting.push(answer);
    }
    let refused = writer.write(1, lease(1)).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    assert_eq!(counters.refused_jobs(), 1);
    drop(release);
    for answer in waiting {
        assert_eq!(answer.await, Ok(()));
    }
    assert!(writer.stop().is_some());
    assert_eq!(writer.write(1, lease(1)).await, Err(stopped()));
}

#[tokio::test]
async fn what_is_handed_over_is_what_was_committed() {
    let scratch = Scratch::new();
    let hand = Arc::new(Hand::default());
    let (writer, _) = start_with(&scratch, Arc::clone(&hand));
    let mut appended = hand.follow();
    let reader = crate::sqlite::open::open_reader(&scratch.place().data).unwrap();
    let read = |after| log::entries_after(&reader, after, 100).unwrap();
    let head = || log::head(&reader).unwrap().seq;

    let start = head();
    let told = together(&writer, vec![revoked(1), revoked(2)]).await;
    assert_eq!(told, [Ok(()), Ok(())]);
    assert_eq!(appended.after(start), Some(read(start)));

    // What was undone had the place that another entry has now.
    let start = head();
    let told = together(&writer, vec![revoked(3), and_fails(revoked(4)), revoked(5)]).await;
    assert!(told[1].is_err() && told[2].is_ok());
    assert_eq!(read(start).len(), 2);
    assert_eq!(appended.after(start), None, "to be read");

    let start = head();
    let told = together(&writer, vec![revoked(6), poison()]).await;
    assert!(told.iter().all(Result::is_err), "{told:?}");
    assert_eq!(appended.after(start), None, "never committed");
    assert_eq!(writer.write(1, revoked(7)).await, Ok(()));
    assert_eq!(appended.after(start), Some(read(start)));
}
