//! Decodes `encoding-type=url`: services percent-encode the keys and prefixes of a listing, because
//! XML cannot carry every byte.

use percent_encoding::percent_decode_str;

/// Decodes a key or prefix of a listing with `<EncodingType>url`: `+` is a space (JuiceFS, AWS),
/// `%XX` is a byte. `Err` returns the encoded text if the bytes are not UTF-8.
///
/// Some services say `url` but encode nothing (s3s-fs). A text with a space, a control character, a
/// non-ASCII letter or a stray `%` cannot come from an encoder and is returned unchanged.
pub(crate) fn decoded(text: String) -> Result<String, String> {
    if !text.bytes().any(|byte| byte == b'%' || byte == b'+') || !is_encoded(text.as_bytes()) {
        return Ok(text);
    }
    let spaced;
    let plain = if text.contains('+') {
        spaced = text.replace('+', " ");
        spaced.as_str()
    } else {
        text.as_str()
    };
    match percent_decode_str(plain).decode_utf8() {
        Ok(key) => Ok(key.into_owned()),
        Err(_) => Err(text),
    }
}

fn is_encoded(text: &[u8]) -> bool {
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = match byte {
            b'%' => match after {
                [high, low, after @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                    after
                }
                _ => return false,
            },
            0x21..=0x7e => after,
            _ => return false,
        };
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plus_is_a_space_and_percent_a_byte() {
        assert_eq!(decoded("a+b%2Bc%20d/%C3%A9".into()).unwrap(), "a b+c d/é");
        assert_eq!(
            decoded("%01%0D%0A%EF%BF%BE".into()).unwrap(),
            "\u{1}\r\n\u{fffe}"
        );
        assert_eq!(
            decoded("plain/key-1_2.3~*".into()).unwrap(),
            "plain/key-1_2.3~*"
        );
        assert_eq!(decoded("%2541".into()).unwrap(), "%41");
    }

    #[test]
    fn what_no_encoder_writes_is_taken_as_it_stands() {
        assert_eq!(decoded("50 % of a+b".into()).unwrap(), "50 % of a+b");
        assert_eq!(decoded("é+%20".into()).unwrap(), "é+%20");
        assert_eq!(decoded("a+b%".into()).unwrap(), "a+b%");
    }

    #[test]
    fn bytes_that_are_not_text_are_given_back_encoded() {
        assert_eq!(decoded("a%FFb".into()).unwrap_err(), "a%FFb");
    }
}
