// Owns: why TinyHost is right wherever it and Kestrel make something else of a case of the corpus.
// Does not own: finding the differences (DifferentialTests).

using static TinyHost.Tests.Conformance.KestrelAnswer;

namespace TinyHost.Tests.Conformance;

internal static class Differences
{
    internal static readonly Difference[] All =
    [
        // Request line.
        new("RFC 9110 §2.5", "A higher minor version is served as the highest that is implemented.", Refuses,
            "HTTP/1.2 is served as HTTP/1.1", "HTTP/1.9 is served as HTTP/1.1", "HTTP/1.2 with chunks"),
        new("RFC 9110 §2.5", "HTTP/1.2 is held to the rules of HTTP/1.1, one of which is broken.", RefusesOtherwise, "No Host field on HTTP/1.2"),
        new("RFC 9112 §3", "Single spaces part a request line. Being lenient (a MAY) has made servers disagree on where a target ends.", Serves,
            "A tab between target and version", "Two spaces behind the target", "A form feed between target and version", "A bare CR behind the target"),
        new("RFC 9112 §3", "A method longer than any that is implemented should get 501 (SHOULD).", Serves, "A method of * octets"),
        new("RFC 9110 §15.6.6", "505 is for a major version that is not supported; this is no version at all.", RefusesOtherwise,
            "A version in lower case", "A version in mixed case", "A version that ends in its dot", "A version without a major number", "A version without its slash",
            "A version with a space for its slash", "A version with a comma for its dot", "A minor number that is a letter", "Another protocol's name"),
        new("RFC 9112 §3.2", "Without HTTP/2, its preface is a request with a target in none of the four forms, which is answered.", Fails, "The connection preface of HTTP/2"),
        new("RFC 9112 §2.2", "A bare LF may be taken for a line end (MAY); whoever else on the path does not sees other requests.", Serves,
            "A request line that ends in a bare LF", "A request that knows only bare LF", "A bare LF before the request line", "A field line that ends in a bare LF",
            "A section that ends in a bare LF", "A section that ends in LF CR", "A length behind a bare LF"),
        new("RFC 9112 §2.2", "One empty line before a request is ignored, as old clients need it; more are no request.", Serves,
            "Two empty lines before the request line", "Two empty lines between two requests"),
        new("RFC 9112 §2.2", "A bare CR is no line end, and not the empty line that may be ignored.", Serves, "A bare CR before the request line"),

        // Targets.
        new("RFC 9112 §3.2.2", "A server must accept the absolute form (MUST), and the Host field beside it is ignored.", Refuses,
            "An absolute form", "An absolute form *", "OPTIONS with an absolute form *", "An authority of one request is not the next one's"),
        new("RFC 9112 §3.2.2", "The authority in force is that of the absolute form.", ReadsOtherwise, "HTTP/1.0 with an absolute form and without Host"),
        new("RFC 9110 §7.4", "An https resource is answered for over a secured connection only (MUST).", Serves,
            "An absolute form of https for the authority of Host", "An absolute form of https with a port", "An absolute form of https without a path",
            "HEAD with an absolute form of https", "POST with an absolute form of https", "OPTIONS with an absolute form of https",
            "An unknown method with an absolute form of https", "An absolute form of https on HTTP/1.0", "Nothing behind an absolute form of https is a request"),
        new("RFC 9110 §15.5.20", "421 tells a client that another connection may serve the request; an authority that is not that of Host is no error (RFC 9112 §3.2.2).",
            RefusesOtherwise, "An absolute form of https", "An absolute form of https in mixed case"),
        new("RFC 9110 §9.3.6", "A CONNECT that is well formed is for the handler to refuse; its authority is that of the target.", Refuses,
            "CONNECT with host and port", "CONNECT with an IPv4 address", "CONNECT with an IPv6 address", "What follows a CONNECT is never a request"),
        new("RFC 9110 §9.3.6", "A CONNECT has no content: what follows its head would be a tunnel's, and is never a request.", ReadsOtherwise,
            "What CONNECT declares as content is none"),
        new("RFC 9112 §3.2.3", "CONNECT has no form but the authority form.", Serves, "CONNECT with a path"),
        new("RFC 9112 §3.2", "A fragment is no part of a request target.", Serves, "A fragment", "A fragment *", "An empty fragment"),
        new("RFC 3986 appendix A", "The octet is none of a path or query, and no client in wide use sends it: an invalid request line should get 400 (RFC 9112 §3).", Serves,
            "A control octet in a *", "An escape octet in a path", "A DEL in a *"),
        new("RFC 3986 §2.1", "A percent sign in a path begins a triplet or the path has no meaning.", Serves,
            "A percent sign at the end of a path", "A percent sign before a triplet", "A triplet cut short", "A triplet cut short by *", "A triplet whose * digit is none",
            "A triplet in the manner of JavaScript", "A bad triplet behind a good one"),
        new("RFC 9112 §3", "An invalid request line should get 400 (SHOULD); 405 would say that another method could use the target.", RefusesOtherwise,
            "A dot alone", "A scheme alone", "An absolute form without slashes", "An authority form with GET", "CONNECT with the asterisk", "The asterisk with *"),

        // Fields.
        new("RFC 9110 §5.5", "obs-text is part of a field value, in whatever encoding: octets over 127 need not be UTF-8.", Refuses, "A value with octets over 127"),
        new("RFC 9110 §5.6.2", "A field name is a token.", Serves,
            "A * in a name", "Brackets in a name", "An at sign in a name", "An equals sign in a name", "A vertical tab before the colon"),
        new("RFC 9110 §5.5", "Control octets other than HTAB are invalid in a value; keeping them (a MAY) is for those who never log or forward one.", Serves,
            "A * in a value", "An escape octet in a value", "The last control octet in a value"),

        // Host.
        new("RFC 9110 §4.2.1", "An origin-form request to an http server has an authority, and that has a host.", Serves,
            "An empty Host field", "An empty Host field on HTTP/1.0", "A Host field of white space"),
        new("RFC 3986 §3.2.2", "What stands in brackets is an IPv6 address or of the future.", Serves, "An IPv4 address in brackets", "An IPv6 address *"),
        new("RFC 3986 §3.2.2", "The unspecified address and IPvFuture are IP literals.", Refuses, "The unspecified IPv6 address", "An IP literal of the *"),
        new("RFC 3986 §3.2.2", "A reg-name may hold sub-delims and triplets.", Refuses, "A host name with sub-delims", "A host name with triplets", "A host name with a triplet of NUL"),
        new("RFC 3986 §3.2.3", "A port may have no digits.", Refuses, "A port without digits"),
        new("RFC 9110 §7.2", "No TCP port has a number over 65535, so that the Host field is invalid.", Serves, "A Host field with a port of *"),

        // Content-Length and Transfer-Encoding.
        new("RFC 9110 §8.6", "Content-Length is 1*DIGIT, without a sign.", Serves, "A length with a plus sign", "A length of minus zero"),
        new("RFC 9112 §6.1", "Transfer-Encoding beside Content-Length ought to be handled as an error (§6.3 rule 3): it is how requests are smuggled.", Serves,
            "Transfer-Encoding before Content-Length", "Content-Length before Transfer-Encoding", "Transfer-Encoding beside a Content-Length of 0",
            "Transfer-Encoding and Content-Length on GET", "What follows an ambiguous framing is never a request", "An ambiguous framing behind a good request"),
        new("RFC 9112 §6.1", "HTTP/1.0 has no Transfer-Encoding: the framing is faulty even without a Content-Length (MUST).", Serves,
            "Transfer-Encoding on HTTP/1.0", "Transfer-Encoding on persistent HTTP/1.0", "Transfer-Encoding and Content-Length on HTTP/1.0"),
        new("RFC 9112 §6.1", "Chunked must not be applied more than once (MUST NOT).", Serves, "Chunked twice in *"),
        new("RFC 9112 §6.1", "A coding that is empty, parameterised or in a field of its own is where two parsers part; only chunked alone is read.", Serves,
            "Chunked with a comma before it", "Chunked with a comma behind it", "Identity and chunked in two fields",
            "Two Transfer-Encoding fields of which one is empty", "Gzip with a parameter before chunked"),
        new("RFC 9112 §6.1", "A coding that is not understood should get 501 (SHOULD), and its content must not be handed on as if decoded.", Serves,
            "Gzip before chunked*", "Gzip and deflate before chunked", "Deflate before chunked", "Identity before chunked", "An unknown coding before chunked"),

        // Chunks and trailers.
        new("RFC 9112 §7.1", "Leading zeros are part of a chunk-size, as long as the line is not longer than its limit.", Refuses,
            "A size with more leading zeros than any number has digits", "A size of 256 digits"),
        new("RFC 9112 §7.1.1", "White space may stand before the semicolon of an extension (BWS must be accepted, RFC 9110 §5.6.3).", Refuses, "A space before an extension"),
        new("RFC 9112 §7.1.1", "Extensions are ignored but have a grammar: what breaks it is where parsers part.", Serves,
            "A semicolon *", "Two semicolons", "An extension with*", "Two words in an extension's *", "A space behind an extension's *", "A parenthesis in an extension's name",
            "A slash in an extension's value", "A colon in an extension's name", "A NUL in an extension's name", "A control octet in an extension's value",
            "An octet over 127 in an extension's name", "A quoted name", "A value in single quotes with a space"),
        new("RFC 9110 §5.6.4", "A quoted-string is closed, stands alone, and holds no control octets.", Serves, "A quoted value *"),
        new("RFC 9112 §7.1", "A size that overflows is an error of the peer, not of the server.", Fails, "A size of 2 to the *"),
        new("RFC 9110 §6.5.1", "Fields that had to be known before the content must not be merged from trailers; here no handler sees them there.", ReadsOtherwise,
            "A trailer of * is dropped", "A trailer of Connection does not close", "Trailers are kept around one that is dropped"),
        new("RFC 9110 §5.3", "Several lines of a name are lines of their own, and an empty value is one.", ReadsOtherwise,
            "Two trailer fields of one name", "A trailer field that is empty"),
        new("RFC 9110 §5.5", "obs-text is part of a trailer's value too.", Fails, "A trailer field with octets over 127"),
        new("RFC 9110 §5.5", "Control octets are as invalid in a trailer's value as in a header's.", Serves, "A trailer with a DEL in its value", "A trailer with a control octet in its value"),
        new("RFC 9110 §5.5", "NUL in a trailer's value is an error of the peer, not of the server.", Fails, "A trailer with a NUL in its value"),
        new("RFC 9112 §7.1.2", "Trailer lines end as field lines do: in CRLF.", Serves,
            "A trailer that ends in a bare LF", "A trailer section that ends in a bare LF", "A bare LF in place of trailers"),

        // Connection and Expect.
        new("RFC 9110 §5.6.1", "White space around the elements of a list is OWS: tabs too.", ReadsOtherwise, "Close in a list with white space"),
        new("RFC 9110 §10.1.1", "An expectation that is not understood may get 417, so that a client does not believe that it was met.", Serves, "An unknown expectation*", "An expectation *"),

        // Limits: where both have one, of nearly the same size, and count it otherwise.
        new("RFC 9112 §3", "Both limits are 8,192 octets; here the line's end does not count.", Refuses, "A request line of 8192 octets*"),
        new("RFC 6585 §5", "Both limits are 32,768 octets; here the empty line at the end counts.", Serves, "A header section of 32769 octets"),
        new("RFC 9112 §7.1.1", "The extensions of a request must be limited (MUST); here to what one line can hold.", Serves,
            "A size line of 257 octets", "Chunks whose extensions have 16385 octets together"),
        new("RFC 9110 §15.5.14", "A chunk that is larger than the limit is refused when its size is known, not when its content has come.", Fails,
            "A chunk of one octet over 30000000", "Chunks that are over 30000000 octets together", "A chunk of the greatest number of octets", "Chunks whose sizes overflow together"),
        new("RFC 9112 §7.1.2", "Trailers have a limit of their own, smaller than that of a header section.", Serves, "A trailer section of 8193 octets"),
        new("RFC 9112 §7.1.2", "Trailers have a limit of their own, smaller than that of a header section.", Fails, "A trailer section that never ends"),
        new("RFC 9112 §7.1.2", "Trailers have a limit of their own: the lines of the header section do not count.", Refuses, "A trailer section of 100 lines that are dropped"),
    ];
}
