//! Reads the XML of responses with a pull parser and without a tree: a page of a thousand keys
//! takes well under a millisecond. Only a complete document counts, because a part of one would
//! hide objects.
//!
//! Names of root elements are not checked (moto sends `<CompleteMultipartUploadResponse>`). An
//! `<Error>`, a web page, and an empty or cut-off document are failures.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::failure::{Failure, NOT_S3, ServiceFailure};

/// It ends too early.
fn cut_off() -> Failure {
    Failure::Response("the response is cut off".to_owned())
}

/// It is not XML, or not the XML of an S3 response.
pub(crate) fn malformed(what: &str) -> Failure {
    Failure::Response(format!("the response cannot be read: {what}"))
}

/// It lacks an element that has to be there.
pub(crate) fn missing(name: &str) -> Failure {
    Failure::Response(format!("the response has no <{name}>"))
}

/// It is a web page.
fn web_page() -> Failure {
    Failure::Service(Box::new(ServiceFailure {
        status: 200,
        message: Some(NOT_S3.to_owned()),
        ..ServiceFailure::default()
    }))
}

impl From<quick_xml::Error> for Failure {
    fn from(error: quick_xml::Error) -> Self {
        match error {
            // An unclosed tag, comment or CDATA section: the end of the input came first.
            quick_xml::Error::Syntax(_) => cut_off(),
            other => malformed(&other.to_string()),
        }
    }
}

/// The position in a document. A function that gets an element reads all of it, with
/// [`Xml::children`], [`Xml::text`] or [`Xml::skip`].
pub(crate) struct Xml<'a> {
    reader: Reader<&'a [u8]>,
}

impl<'a> Xml<'a> {
    /// Calls `each` with the name of every child of the current element.
    pub(crate) fn children(
        &mut self,
        mut each: impl FnMut(&mut Self, &str) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        loop {
            match self.reader.read_event()? {
                Event::Start(start) => each(self, start.local_name().as_ref())?,
                Event::End(_) => return Ok(()),
                Event::Eof => return Err(cut_off()),
                _ => {}
            }
        }
    }

    /// The text of the current element: CDATA, entities and white space as they are. Line ends
    /// are not normalised, because a key may contain them.
    pub(crate) fn text(&mut self) -> Result<Cow<'a, str>, Failure> {
        self.content(|xml, _| xml.skip())
    }

    /// The same, calling `each` with the name of every child.
    pub(crate) fn content(
        &mut self,
        mut each: impl FnMut(&mut Self, &str) -> Result<(), Failure>,
    ) -> Result<Cow<'a, str>, Failure> {
        let mut text = Cow::Borrowed("");
        loop {
            match self.reader.read_event()? {
                Event::Text(part) => append(&mut text, part.into_inner()),
                Event::CData(part) => append(&mut text, part.into_inner()),
                Event::GeneralRef(name) => {
                    let letter = match name.resolve_char_ref()? {
                        Some(letter) => letter,
                        None => entity(&name)?,
                    };
                    text.to_mut().push(letter);
                }
                Event::Start(start) => each(self, start.local_name().as_ref())?,
                Event::End(_) => return Ok(text),
                Event::Eof => return Err(cut_off()),
                _ => {}
            }
        }
    }

    /// The text of the current element, owned; `None` if there is none.
    pub(crate) fn non_empty_text(&mut self) -> Result<Option<String>, Failure> {
        let text = self.text()?;
        Ok((!text.trim().is_empty()).then(|| text.into_owned()))
    }

    /// The number in the current element.
    pub(crate) fn number<N: std::str::FromStr>(&mut self, name: &str) -> Result<N, Failure> {
        let text = self.text()?;
        text.trim()
            .parse()
            .map_err(|_| malformed(&format!("<{name}> is not a number")))
    }

    /// Passes over the current element, however deep.
    pub(crate) fn skip(&mut self) -> Result<(), Failure> {
        let mut depth = 1_u32;
        while depth > 0 {
            match self.reader.read_event()? {
                Event::Start(_) => depth = depth.saturating_add(1),
                Event::End(_) => depth = depth.saturating_sub(1),
                Event::Eof => return Err(cut_off()),
                _ => {}
            }
        }
        Ok(())
    }

    /// The name of the root element.
    fn root(&mut self) -> Result<String, Failure> {
        loop {
            match self.reader.read_event()? {
                Event::Start(start) => {
                    let name = start.local_name();
                    if name.as_ref().eq_ignore_ascii_case("html") {
                        return Err(web_page());
                    }
                    return Ok(name.as_ref().to_owned());
                }
                Event::DocType(text) if starts_with_html(text.trim()) => {
                    return Err(web_page());
                }
                Event::Text(text) if text.trim().is_empty() => {}
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::DocType(_) => {}
                Event::Eof => return Err(cut_off()),
                _ => return Err(malformed("it does not begin with an element")),
            }
        }
    }

    /// Nothing may follow the root element.
    fn end(&mut self) -> Result<(), Failure> {
        loop {
            match self.reader.read_event()? {
                Event::Eof => return Ok(()),
                Event::Text(text) if text.trim().is_empty() => {}
                Event::PI(_) | Event::Comment(_) => {}
                _ => return Err(malformed("something follows its end")),
            }
        }
    }
}

fn starts_with_html(text: &str) -> bool {
    text.get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("html"))
}

fn append<'a>(text: &mut Cow<'a, str>, part: Cow<'a, str>) {
    if text.is_empty() {
        *text = part;
    } else {
        text.to_mut().push_str(&part);
    }
}

/// The five entities of XML; a response cannot define others.
fn entity(name: &str) -> Result<char, Failure> {
    match name {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => Err(malformed("it has an unknown entity")),
    }
}

/// Reads a whole document: `with` gets its root element, and the root's name.
pub(crate) fn document<'a, T>(
    body: &'a [u8],
    with: impl FnOnce(&mut Xml<'a>, &str) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let text = match std::str::from_utf8(body) {
        Ok(text) => text,
        // The text ends within a character.
        Err(error) if error.error_len().is_none() => return Err(cut_off()),
        Err(_) => return Err(malformed("it is not UTF-8")),
    };
    // AWS keeps a connection alive with white space before the document.
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.is_empty() {
        return Err(malformed("it is empty"));
    }
    if !text.starts_with('<') {
        return Err(web_page());
    }
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut xml = Xml { reader };
    let root = xml.root()?;
    let value = with(&mut xml, &root)?;
    xml.end()?;
    Ok(value)
}

/// Reads the body of a response with a success status. An `<Error>` or a web page in it is a
/// failure of the service. Any other incomplete document is [`Failure::Response`].
pub(crate) fn success<'a, T>(
    body: &'a [u8],
    with: impl FnOnce(&mut Xml<'a>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    document(body, |xml, root| match root {
        "Error" => Err(Failure::Service(Box::new(ServiceFailure {
            status: 200,
            ..error_fields(xml)?
        }))),
        _ => with(xml),
    })
}

/// The fields of the current `<Error>` element, also of one wrapped as `<ErrorResponse><Error>`.
pub(super) fn error_fields(xml: &mut Xml<'_>) -> Result<ServiceFailure, Failure> {
    let mut failure = ServiceFailure::default();
    xml.children(|xml, name| match name {
        "Error" => xml.children(|xml, name| error_field(xml, name, &mut failure)),
        _ => error_field(xml, name, &mut failure),
    })?;
    Ok(failure)
}

fn error_field(xml: &mut Xml<'_>, name: &str, failure: &mut ServiceFailure) -> Result<(), Failure> {
    match name {
        "Code" => failure.code = xml.non_empty_text()?,
        "Message" => failure.message = xml.non_empty_text()?,
        "RequestId" | "RequestID" => failure.request_id = xml.non_empty_text()?,
        "Region" => failure.region = xml.non_empty_text()?,
        "Endpoint" => failure.endpoint = xml.non_empty_text()?,
        _ => xml.skip()?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root_text(body: &[u8]) -> Result<String, String> {
        document(body, |xml, _| xml.text().map(Cow::into_owned)).map_err(|error| match error {
            Failure::Response(text) => text,
            Failure::Service(failure) => failure.message.unwrap_or_default(),
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn entities_cdata_and_control_characters_are_put_together() {
        assert_eq!(
            root_text(b"<?xml version=\"1.0\"?>\n<a>1 &lt;&#x26;&#9;<![CDATA[<b>&amp;]]>\x01&#1;\r\n </a>\n").unwrap(),
            "1 <&\t<b>&amp;\u{1}\u{1}\r\n "
        );
        assert_eq!(root_text(b"\xef\xbb\xbf \n <a/>").unwrap(), "");
        assert_eq!(root_text(b"<s3:a xmlns:s3='x'>  </s3:a>").unwrap(), "  ");
    }

    #[test]
    fn what_is_not_a_whole_document_is_said_in_plain_words() {
        for (body, words) in [
            (&b""[..], "the response cannot be read: it is empty"),
            (b" \n", "the response cannot be read: it is empty"),
            (b"<!DOCTYPE html><html></html>", NOT_XML),
            (b"<HTML><body>", NOT_XML),
            (b"Bad Gateway", NOT_XML),
            (b"{\"a\":1}", NOT_XML),
            (b"<a><b>1</b>", "the response is cut off"),
            (b"<a>1</a", "the response is cut off"),
            (b"<a>caf\xc3", "the response is cut off"),
            (
                b"<a>\xff</a>",
                "the response cannot be read: it is not UTF-8",
            ),
            (
                b"<a>&nbsp;</a>",
                "the response cannot be read: it has an unknown entity",
            ),
            (
                b"<a/><b/>",
                "the response cannot be read: something follows its end",
            ),
        ] {
            assert_eq!(root_text(body).unwrap_err(), words, "{body:?}");
        }
    }

    const NOT_XML: &str = "the response is a web page, not a response of S3";

    #[test]
    fn depth_costs_no_stack() {
        let mut body = "<a>".repeat(100_000);
        body.push_str(&"</a>".repeat(100_000));
        assert_eq!(root_text(body.as_bytes()).unwrap(), "");
    }

    #[test]
    fn an_error_with_a_success_status_is_the_services_failure() {
        let body = b"\n\n<?xml version=\"1.0\"?><Error><Code>InternalError</Code>\
            <Message>We encountered an internal error.</Message><RequestId>7f3a</RequestId></Error>";
        let Err(Failure::Service(failure)) = success(body, Xml::skip) else {
            panic!("not a failure of the service");
        };
        assert_eq!(
            (failure.status, failure.code.as_deref()),
            (200, Some("InternalError"))
        );
        assert!(failure.retryable());
        assert!(matches!(
            success(b"<Error><Code>InternalError</Co", Xml::skip),
            Err(Failure::Response(_))
        ));
    }
}
