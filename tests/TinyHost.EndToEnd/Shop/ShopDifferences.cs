// Owns: why the answers of TinyHost and Kestrel to the same request differ.

namespace TinyHost.EndToEnd.Shop;

internal static class ShopDifferences
{
    public static readonly ShopDifference[] All =
    [
        // Every answer.
        new(
            "Server", "absent", "Kestrel",
            "A field that names the server is of more use to attackers than to clients.",
            "*"),
        new(
            "Vary", "Origin", "absent",
            "Without it, a cache could give a page of the allowed origin an answer without the fields of CORS.",
            "*"),
        new(
            "framing", "Content-Length", "chunked",
            "TinyHost holds JSON back until its length is known, so that clients see progress and notice a cut.",
            "*"),
        new(
            "framing", "Content-Length", "none",
            "HTTP/1.0 has no chunks, so Kestrel ends JSON of unknown length by closing the connection.",
            "syntax: HTTP/1.0"),
        new(
            "Content-Type", "application/json", "application/json; charset=utf-8",
            "JSON is always UTF-8; its media type has no charset parameter (RFC 8259 §11).",
            "*"),

        // Routes and methods.
        new(
            "status", "200 OK", "405 Method Not Allowed",
            "TinyHost answers HEAD wherever it answers GET (RFC 9110 §9.1); MapGet does not.",
            "orders: HEAD", "events: HEAD"),
        new(
            "status", "204 No Content", "405 Method Not Allowed",
            "TinyHost's routes answer OPTIONS with the methods of the path.",
            "orders: OPTIONS"),
        new(
            "Allow", "GET, HEAD, *OPTIONS", "GET*",
            "TinyHost's routes answer HEAD and OPTIONS, so the list has them.",
            "orders: PUT", "orders: DELETE", "origins: no route", "events: POST"),
        new(
            "Allow", "PUT, GET, HEAD, OPTIONS", "PUT",
            "The files of TinyHost are a route for GET, so the list has it; those of Kestrel are a stage before the routes.",
            "uploads: DELETE"),
        new(
            "status", "405 Method Not Allowed", "404 Not Found",
            "The files' route exists for GET, so another method is not allowed.",
            "files: POST*", "uploads: to another folder"),
        new(
            "status", "404 Not Found", "405 Method Not Allowed",
            "The files' route takes every path for GET, and finds no such file.",
            "sessions: GET", "uploads: nothing left of those too large"),
        new(
            "status", "501 Not Implemented", "405 Method Not Allowed",
            "501 is for a method that neither a route nor an RFC defines (RFC 9110 §15.6.2).",
            "orders: an unknown method"),
        new(
            "status", "404 Not Found", "200 OK",
            "TinyHost compares paths exactly: case and a slash at the end make another resource (RFC 3986 §6.2.2.1).",
            "orders: a slash at the end", "orders: other case"),

        // Content of requests.
        new(
            "status", "201 Created", "415 Unsupported Media Type",
            "Content without a type may be examined (RFC 9110 §8.3), and the handler expects JSON.",
            "orders: content without a type"),
        new(
            "status", "303 See Other", "415 Unsupported Media Type",
            "Content without a type may be examined (RFC 9110 §8.3), and the handler expects a form.",
            "sessions: refused content without a type"),
        new(
            "status", "415 Unsupported Media Type", "303 See Other",
            "ReadFormAsync reads urlencoded forms; multipart needs a library.",
            "sessions: multipart"),
        new(
            "status", "200 OK", "400 Bad Request",
            "TinyHost reads the first of several values; Kestrel joins them to 2,1, which is not a number.",
            "orders: page twice"),

        // Errors.
        new(
            "member type", "absent", "https://tools.ietf.org/html/rfc9110#*",
            "A problem without a type is what its status says (RFC 9457 §4.2.1).",
            "*"),
        new(
            "member traceId", "absent", "(trace)",
            "TinyHost writes the trace id to the access log.",
            "*"),
        new(
            "member detail", "*", "absent",
            "TinyHost tells the client which parameter, media type or limit it was.",
            "orders: refused *", "uploads: too large*", "sessions: refused *", "origins: refused content", "origins: too large"),
        new(
            "status", "413 Content Too Large", "413 Payload Too Large",
            "RFC 9110 §15.5.14 gave the status a new name.",
            "uploads: too large*", "origins: too large"),
        new(
            "Cache-Control", "absent", "no-cache,no-store",
            "Kestrel's exception handler also answers this refusal; no cache stores a 413 on its own (RFC 9110 §15.1).",
            "uploads: too large*", "origins: too large"),
        new(
            "Expires", "absent", "-1",
            "Kestrel's exception handler sets the field on all its answers; an age in the past adds nothing to a 413.",
            "uploads: too large*", "origins: too large"),
        new(
            "Pragma", "absent", "no-cache",
            "Kestrel's exception handler sets it too; in answers the field has no meaning (RFC 9111 §5.4).",
            "uploads: too large*", "origins: too large"),
        new(
            "content", "400 Bad Request: *", "none",
            "TinyHost tells the client what is wrong with a malformed request.",
            "files: encoded NUL", "syntax: no Host", "syntax: a space in the target", "syntax: two lengths"),
        new(
            "Content-Type", "text/plain; charset=utf-8", "absent",
            "The answer has content, so it names the type.",
            "files: encoded NUL", "syntax: no Host", "syntax: a space in the target", "syntax: two lengths"),

        // Files.
        new(
            "Content-Type", "text/*; charset=utf-8", "text/*",
            "Without a charset, old browsers guess how text is encoded.",
            "files: *", "uploads: read*", "origins: file"),
        new(
            "Content-Type", "application/octet-stream", "absent",
            "Content of unknown type is bytes, and no browser needs to guess.",
            "files: unknown type"),
        new(
            "Content-Type", "absent", "text/plain",
            "A 304 repeats only fields that caches need (RFC 9110 §15.4.5).",
            "files: same tag", "files: any tag", "files: not modified"),
        new(
            "Accept-Ranges", "absent", "bytes",
            "A 304 does not repeat the field: the cache has it from the first response.",
            "files: same tag", "files: any tag", "files: not modified"),
        new(
            "Location", "./guide/", "http://shop/guide/",
            "A relative location is right behind every proxy.",
            "files: folder"),

        // Cookies, origins, events.
        new(
            "Set-Cookie", "session=(session); Path=/; HttpOnly; SameSite=Lax", "session=(session); path=/; samesite=lax; httponly",
            "Attributes have no order, and their names no case (RFC 6265 §5.2).",
            "sessions: sign in*", "sessions: empty name", "sessions: malformed triplet", "sessions: two names"),
        new(
            "Access-Control-Allow-Methods", "GET, HEAD, *", "GET,HEAD,*",
            "Spaces in lists have no meaning (RFC 9110 §5.6.1).",
            "origins: preflight", "origins: preflight of an*o*"),
        new(
            "Access-Control-Allow-Headers", "Content-Type, Authorization", "Content-Type,Authorization",
            "Here too, a space has no meaning.",
            "origins: preflight", "origins: preflight of an*o*"),
        new(
            "content", "id: *", "data: *",
            "The fields of an event have no order.",
            "events: *"),
        new(
            "Cache-Control", "no-store", "no-cache,no-store",
            "What is not stored is not revalidated either (RFC 9111 §5.2.2.5).",
            "events: a*"),
        new(
            "Pragma", "absent", "no-cache",
            "Pragma is a request field; no cache needs it in an answer (RFC 9111 §5.4).",
            "events: a*"),
        new(
            "Content-Encoding", "absent", "identity",
            "No coding is applied, so there is nothing to name (RFC 9110 §8.4).",
            "events: a*"),
        new(
            "X-Accel-Buffering", "no", "absent",
            "It keeps nginx from holding events back.",
            "events: a*"),
    ];
}
