use super::*;

fn endpoint(text: &str) -> Result<Endpoint> {
    Ok(resolve(&[("ENDPOINT_URL", text)], &[])?.endpoint.value)
}

fn refused_endpoint(text: &str) -> (String, String) {
    let (error, hint) = refusal(endpoint(text));
    let error = error.strip_prefix("cannot start: ").unwrap().to_owned();
    (error, hint.unwrap_or_default())
}

#[test]
fn the_region_decides_where_aws_is() {
    for (region, host) in [
        ("ap-southeast-4", "s3.ap-southeast-4.amazonaws.com"),
        ("cn-north-1", "s3.cn-north-1.amazonaws.com.cn"),
        ("eusc-de-east-1", "s3.eusc-de-east-1.amazonaws.eu"),
        ("us-isob-east-1", "s3.us-isob-east-1.sc2s.sgov.gov"),
    ] {
        assert_eq!(Endpoint::aws(region).host, host);
    }
}

#[test]
fn an_endpoint_is_cleaned_of_what_must_not_be_signed() {
    for (text, clean) in [
        ("http://h:9000/", "http://h:9000"),
        ("http://h/prefix/", "http://h/prefix"),
        ("http://h/a/b///", "http://h/a/b"),
        (" HTTP://H.Example.COM ", "http://h.example.com"),
        ("https://h:443", "https://h"),
        ("http://h:80/", "http://h"),
        ("http://h:443", "http://h:443"),
        ("http://h:", "http://h"),
        ("http://[::1]:9000", "http://[::1]:9000"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://my_host:9000", "http://my_host:9000"),
    ] {
        assert_eq!(endpoint(text).unwrap().to_string(), clean, "{text}");
    }
}

#[test]
fn an_endpoint_without_a_scheme_is_refused_with_the_one_to_write() {
    for (text, hint) in [
        ("nyc3.example.com", "write https://nyc3.example.com"),
        ("h:9000", "write https://h:9000"),
        ("localhost:9000/x", "write http://localhost:9000/x"),
        ("https:/h", "write https://h"),
        ("//h", "write https://h"),
    ] {
        let (error, said) = refused_endpoint(text);
        assert_eq!(
            error,
            format!("ENDPOINT_URL is `{text}`, which has no scheme")
        );
        assert_eq!(said, hint);
    }
    assert_eq!(
        refused_endpoint("ftp://h"),
        (
            "ENDPOINT_URL is `ftp://h`, which is neither http:// nor https://".into(),
            "write https://h".into()
        )
    );
}

#[test]
fn the_error_names_the_flag_or_variable_that_the_endpoint_came_from() {
    let flag = refusal(resolve(&[], &["--endpoint-url", "h"])).0;
    assert_eq!(
        flag,
        "cannot start: --endpoint-url is `h`, which has no scheme"
    );
    let variable = refusal(resolve(&[("AWS_ENDPOINT_URL_S3", "h")], &[])).0;
    assert_eq!(
        variable,
        "cannot start: AWS_ENDPOINT_URL_S3 is `h`, which has no scheme"
    );
}

#[test]
fn a_password_or_a_signature_in_an_endpoint_is_refused_and_not_repeated() {
    for text in [
        "https://user:s3cret@h",
        "user:s3cret@h",
        "ftp://user:s3cret@h/x",
        "https://h?X-Amz-Signature=s3cret",
        "https://h/#s3cret",
        "h?s3cret",
    ] {
        let (error, hint) = refused_endpoint(text);
        assert!(
            !error.contains("s3cret") && !hint.contains("s3cret"),
            "{error} {hint}"
        );
    }
    assert_eq!(
        refused_endpoint("https://u:p@h").0,
        "ENDPOINT_URL has a user name or password in it"
    );
    assert_eq!(
        refused_endpoint("https://h/x?y").0,
        "ENDPOINT_URL is `https://h/x`, which has a query or fragment"
    );
}

#[test]
fn a_path_is_encoded_once_however_it_was_written() {
    for text in [
        "https://h/my%20store/%C3%A9",
        "https://h/my%20store/%c3%a9/",
    ] {
        let endpoint =
            crate::config::endpoint::parse(text, &Origin::Flag("--endpoint-url")).unwrap();
        assert_eq!(endpoint.path_prefix, "/my store/é");
        assert_eq!(endpoint.to_string(), "https://h/my%20store/%C3%A9");
    }
    assert_eq!(
        refused_endpoint("https://h/a%2Fb").0,
        "ENDPOINT_URL is `https://h/a%2Fb`, whose path has an encoded slash, which cannot be asked for"
    );
    assert_eq!(
        refused_endpoint("https://h/%ff").0,
        "ENDPOINT_URL is `https://h/%ff`, whose path is not UTF-8 text"
    );
}

#[test]
fn an_impossible_host_or_port_is_refused() {
    for text in [
        "https://",
        "https:///x",
        "https://a b",
        "https://h..x",
        "https://[::g]",
        "https://bücher.de",
    ] {
        assert!(
            refused_endpoint(text)
                .0
                .ends_with("which has no usable host name"),
            "{text}"
        );
    }
    for text in [
        "https://h:x",
        "https://h:0",
        "https://h:65536",
        "https://h:-1",
        "https://[::1]x",
    ] {
        assert!(
            refused_endpoint(text).0.ends_with("from 1 to 65535"),
            "{text}"
        );
    }
}

#[test]
fn aws_is_known_by_its_domain_also_behind_a_vpc_endpoint() {
    for host in [
        "s3.eu-west-1.amazonaws.com",
        "bucket.vpce-1a2b.s3.eu-west-1.vpce.amazonaws.com",
        "s3.cn-north-1.amazonaws.com.cn",
    ] {
        assert!(
            endpoint(&format!("https://{host}")).unwrap().is_aws,
            "{host}"
        );
    }
    for host in [
        "nyc3.digitaloceanspaces.com",
        "evilamazonaws.com",
        "amazonaws.com.evil.test",
    ] {
        assert!(
            !endpoint(&format!("https://{host}")).unwrap().is_aws,
            "{host}"
        );
    }
}
