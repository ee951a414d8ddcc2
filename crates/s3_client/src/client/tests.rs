use std::pin::Pin;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use rusoto_credential::{CredentialsError, ProvideAwsCredentials};

use super::*;
use crate::http::{Limits, ProxyRules, Trust};

/// Fails the first time.
#[derive(Clone, Default)]
struct Failing(Arc<AtomicUsize>);

impl ProvideAwsCredentials for Failing {
    fn credentials<'life, 'future>(
        &'life self,
    ) -> Pin<Box<dyn Future<Output = Result<AwsCredentials, CredentialsError>> + Send + 'future>>
    where
        'life: 'future,
        Self: 'future,
    {
        let times = self.0.fetch_add(1, Relaxed);
        Box::pin(async move {
            match times {
                0 => Err(CredentialsError::new("nobody is there")),
                _ => Ok(AwsCredentials::new("AKIAABCDEFGH9F2Q", "s", None, None)),
            }
        })
    }
}

impl RenewCredentials for Failing {
    fn renew(&self) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        Box::pin(std::future::ready(false))
    }
}

#[tokio::test]
async fn a_message_about_credentials_does_not_fetch_them_again() {
    let provider = Failing::default();
    let limits = Limits {
        connect: Duration::from_secs(1),
        progress: Duration::from_secs(1),
    };
    let trust = Arc::new(Trust::new(None));
    let client = Client::new(ClientOptions {
        endpoint: Endpoint::aws("us-east-1"),
        addressing: Addressing::Auto,
        region: "us-east-1".to_owned(),
        transport: Transport::new(limits, ProxyRules::none(), trust),
        credentials: Arc::new(provider.clone()),
        most_requests: 1,
        max_attempts: 1,
        warn: Arc::new(drop),
    });
    client.check_credentials().await.unwrap_err();
    assert_eq!(client.shown_key(), ShownKey::default());
    assert_eq!(provider.0.load(Relaxed), 1);
    client.check_credentials().await.unwrap();
    assert_eq!(client.shown_key().tail.as_deref(), Some("9F2Q"));
    assert_eq!(provider.0.load(Relaxed), 2);
}
