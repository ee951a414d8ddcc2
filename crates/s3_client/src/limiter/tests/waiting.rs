use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::super::Limiter;
use crate::http::Health;

fn limiter(most: usize) -> Arc<Limiter> {
    Arc::new(Limiter::new(most, Arc::new(Health::new())))
}

#[tokio::test]
async fn first_contact_is_one_request_and_then_the_first_to_come_is_the_first_to_begin() {
    let limiter = limiter(2);
    let first = limiter.permit().await;
    let begun = Arc::new(Mutex::new(Vec::new()));
    let mut waiting = Vec::new();
    for number in 0..5 {
        let (limiter, begun) = (Arc::clone(&limiter), Arc::clone(&begun));
        waiting.push(tokio::spawn(async move {
            let permit = limiter.permit().await;
            begun.lock().unwrap().push(number);
            permit
        }));
        tokio::task::yield_now().await;
    }
    assert!(begun.lock().unwrap().is_empty());
    limiter.answered();
    let mut held = vec![first];
    for task in waiting {
        held.remove(0);
        held.push(task.await.unwrap());
    }
    assert_eq!(*begun.lock().unwrap(), [0, 1, 2, 3, 4]);
}

#[tokio::test]
async fn whoever_gives_up_waiting_keeps_nobody_waiting() {
    let limiter = limiter(1);
    let permit = limiter.permit().await;
    let shortly = Duration::from_millis(1);
    let gave_up = tokio::time::timeout(shortly, limiter.permit()).await;
    assert!(gave_up.is_err());
    drop(permit);
    limiter.permit().await;
}
