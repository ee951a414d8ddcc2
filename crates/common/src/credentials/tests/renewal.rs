use std::collections::VecDeque;

use super::super::provider::renewal;
use super::*;

/// A container whose keys end after these many seconds, one after another; None is a refusal.
fn container(ends: &[Option<i64>]) -> (Place, Arc<Fake>) {
    let ends: Mutex<VecDeque<_>> = Mutex::new(ends.iter().copied().collect());
    let count = Mutex::new(0);
    let fake = Fake::answering(move |_| {
        *count.lock().unwrap() += 1;
        match ends.lock().unwrap().pop_front().flatten() {
            None => response(403, "no"),
            Some(seconds) => response(
                200,
                format!(
                    r#"{{"AccessKeyId":"key{}","SecretAccessKey":"s","Token":"t","Expiration":"{}"}}"#,
                    count.lock().unwrap(),
                    in_seconds(seconds)
                ),
            ),
        }
    });
    (
        Place::new().with("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"),
        fake,
    )
}

async fn id(source: &CredentialProvider) -> String {
    let credentials = source.current().await.unwrap();
    credentials.aws_access_key_id().to_owned()
}

#[tokio::test]
async fn keys_are_fetched_once_however_many_ask() {
    let (place, fake) = container(&[Some(3600)]);
    let source = place.provider(&fake).unwrap();
    let asking = (0..20).map(|_| {
        let source = source.clone();
        tokio::spawn(async move { id(&source).await })
    });
    for asked in asking.collect::<Vec<_>>() {
        assert_eq!(asked.await.unwrap(), "key1");
    }
    assert_eq!(fake.seen().len(), 1);
}

#[tokio::test]
async fn an_error_is_not_remembered() {
    let (place, fake) = container(&[None, Some(3600)]);
    let source = place.provider(&fake).unwrap();
    source.current().await.unwrap_err();
    assert_eq!(id(&source).await, "key2");
}

#[test]
fn keys_are_renewed_five_minutes_before_their_end() {
    let at = |second| jiff::Timestamp::from_second(second).unwrap();
    assert_eq!(renewal(at(0), at(3600)), at(3300));
    // So short a life is not renewed at every request.
    assert_eq!(renewal(at(0), at(200)), at(10));
    assert_eq!(renewal(at(0), at(7)), at(10));
    assert_eq!(renewal(at(0), at(-7)), at(10));
}

/// Lets the renewal that was begun come to its end.
async fn after_renewal(fake: &Fake, requests: usize) {
    for _ in 0..1000 {
        if fake.seen().len() == requests {
            break;
        }
        tokio::task::yield_now().await;
    }
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn keys_are_renewed_when_it_is_time() {
    let (place, fake) = container(&[Some(3600), Some(3600)]);
    let source = place.provider(&fake).unwrap();
    assert_eq!(id(&source).await, "key1");
    source.let_renewal_be_due();
    assert_eq!(id(&source).await, "key1");
    after_renewal(&fake, 2).await;
    assert_eq!(id(&source).await, "key2");
    assert_eq!(fake.seen().len(), 2);
}

#[tokio::test]
async fn no_request_waits_for_the_renewal_of_keys_that_still_hold() {
    let (place, fake) = container(&[Some(3600), Some(3600)]);
    let source = place.provider(&fake).unwrap();
    assert_eq!(id(&source).await, "key1");
    source.let_renewal_be_due();
    for _ in 0..20 {
        // The renewal cannot even begin: nothing here gives way to it.
        let asked = tokio::select! {
            biased;
            asked = source.current() => asked,
            () = std::future::ready(()) => panic!("it waited"),
        };
        assert_eq!(asked.unwrap().aws_access_key_id(), "key1");
    }
    after_renewal(&fake, 2).await;
    assert_eq!(id(&source).await, "key2");
    assert_eq!(fake.seen().len(), 2);
}

#[tokio::test]
async fn old_keys_hold_until_their_end_while_a_renewal_fails() {
    let (place, fake) = container(&[Some(3600), None, Some(3600)]);
    let source = place.provider(&fake).unwrap();
    assert_eq!(id(&source).await, "key1");
    source.let_renewal_be_due();
    assert_eq!(id(&source).await, "key1");
    after_renewal(&fake, 2).await;
    assert_eq!(id(&source).await, "key1");
    source.let_renewal_be_due();
    assert_eq!(id(&source).await, "key1");
    after_renewal(&fake, 3).await;
    assert_eq!(id(&source).await, "key3");
}

#[tokio::test]
async fn keys_that_end_by_this_clock_are_used_and_not_fetched_for_every_request() {
    let (place, fake) = container(&[Some(-3600), Some(3600)]);
    let source = place.provider(&fake).unwrap();
    for _ in 0..20 {
        assert_eq!(id(&source).await, "key1");
    }
    assert_eq!(fake.seen().len(), 1);
}

#[tokio::test]
async fn expired_keys_are_replaced_once_for_all_requests_that_failed_with_them() {
    let (place, fake) = container(&[Some(3600), Some(3600), Some(3600)]);
    let source = place.provider(&fake).unwrap();
    assert_eq!(id(&source).await, "key1");
    let renewals = (0..10).map(|_| {
        let source = source.clone();
        tokio::spawn(async move { source.renew_after_expired().await })
    });
    for renewed in renewals.collect::<Vec<_>>() {
        assert!(renewed.await.unwrap());
    }
    assert_eq!(id(&source).await, "key2");
    assert_eq!(fake.seen().len(), 2);
}

#[tokio::test]
async fn a_renewal_that_fails_says_so() {
    let (place, fake) = container(&[Some(3600), None]);
    let source = place.provider(&fake).unwrap();
    assert_eq!(id(&source).await, "key1");
    assert!(!source.renew_after_expired().await);
}
