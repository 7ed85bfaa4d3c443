// Owns: the requests that both shops answer, in order: later ones see what earlier ones have placed, uploaded and signed in.

using static TinyHost.EndToEnd.Shop.ShopRequest;

namespace TinyHost.EndToEnd.Shop;

internal static class ShopRequests
{
    public const string Origin = "http://shop.test:3000";

    /// <summary>The last request of a connection, answered with a content that no other answer ends in.</summary>
    public const string Last = "GET /digits.txt HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nRange: bytes=5-8\r\n\r\n";
    public const string LastContent = "\r\n\r\n5678";

    private const string Tea = """{"item":"tea","quantity":2}""";
    private const string Preflight = "Access-Control-Request-Method: ";

    public static readonly ShopRequest[] All =
        [.. Orders(), .. Files(), .. Uploads(), .. Sessions(), .. OtherOrigins(), .. Events(), .. Syntax()];

    private static IEnumerable<ShopRequest> Orders() =>
    [
        Of("orders: none yet", "GET /api/orders"),
        Json("orders: place", "POST /api/orders", Tea),
        Of("orders: place with a charset", "POST /api/orders", "Content-Type: application/json; charset=utf-8", Tea),
        Of("orders: place with another JSON type", "POST /api/orders", "Content-Type: application/vnd.shop+json", Tea),
        new("orders: place in chunks", "POST /api/orders HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n" +
            $"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{Tea.Length:x}\r\n{Tea}\r\n0\r\n\r\n"),
        Json("orders: place with an unknown member", "POST /api/orders", """{"item":"tea","quantity":2,"color":"red"}"""),
        Json("orders: place with names in other case", "POST /api/orders", """{"Item":"tea","QUANTITY":2}"""),
        Json("orders: place with a number as text", "POST /api/orders", """{"item":"tea","quantity":"2"}"""),
        Json("orders: place with text beyond ASCII", "POST /api/orders", """{"item":"\u00e9\uD83C\uDF75<&'","quantity":1}"""),
        Json("orders: refused malformed JSON", "POST /api/orders", """{"item":"""),
        Json("orders: refused JSON of another type", "POST /api/orders", "[1]"),
        Json("orders: refused missing member", "POST /api/orders", """{"item":"tea"}"""),
        Json("orders: refused null member", "POST /api/orders", """{"item":null,"quantity":1}"""),
        Json("orders: refused null", "POST /api/orders", "null"),
        Json("orders: refused fraction", "POST /api/orders", """{"item":"tea","quantity":1.5}"""),
        Json("orders: refused large number", "POST /api/orders", """{"item":"tea","quantity":3000000000}"""),
        Json("orders: refused quantity", "POST /api/orders", """{"item":"tea","quantity":0}"""),
        Json("orders: refused UTF-8", "POST /api/orders", "{\"item\":\"\u00ff\",\"quantity\":1}"),
        Json("orders: refused deep JSON", "POST /api/orders", new string('[', 100) + new string(']', 100)),
        Json("orders: refused empty content", "POST /api/orders", ""),
        Of("orders: refused without content", "POST /api/orders"),
        Of("orders: refused text", "POST /api/orders", "Content-Type: text/plain", Tea),
        Of("orders: content without a type", "POST /api/orders", "", Tea),
        Of("orders: find", "GET /api/orders/1"),
        Of("orders: find with leading zeros", "GET /api/orders/0001"),
        Of("orders: find with an encoded digit", "GET /api/orders/%31"),
        Of("orders: not found", "GET /api/orders/99"),
        Of("orders: find a word", "GET /api/orders/tea"),
        Of("orders: find beyond a long", "GET /api/orders/99999999999999999999"),
        Of("orders: page", "GET /api/orders?page=2"),
        Of("orders: page twice", "GET /api/orders?page=2&page=1"),
        Of("orders: refused page", "GET /api/orders?page=two"),
        Of("orders: refused empty page", "GET /api/orders?page="),
        Of("orders: HEAD", "HEAD /api/orders/1"),
        Of("orders: a slash at the end", "GET /api/orders/1/"),
        Of("orders: other case", "GET /API/Orders/1"),
        Of("orders: PUT", "PUT /api/orders", "", "x"),
        Of("orders: DELETE", "DELETE /api/orders/1"),
        Of("orders: OPTIONS", "OPTIONS /api/orders/1"),
        Of("orders: an unknown method", "BREW /api/orders/1"),
    ];

    private static IEnumerable<ShopRequest> Files() =>
    [
        Of("files: index", "GET /"),
        Of("files: page", "GET /index.html"),
        Of("files: HEAD", "HEAD /digits.txt"),
        Of("files: text", "GET /digits.txt"),
        Of("files: same tag", "GET /digits.txt", "If-None-Match: {ETag}"),
        Of("files: other tag", "GET /digits.txt", "If-None-Match: \"other\""),
        Of("files: any tag", "GET /digits.txt", "If-None-Match: *"),
        Of("files: not modified", "GET /digits.txt", "If-Modified-Since: {Last-Modified}"),
        Of("files: required tag", "GET /digits.txt", "If-Match: \"other\""),
        Of("files: modified", "GET /digits.txt", "If-Unmodified-Since: Thu, 01 Jan 2015 00:00:00 GMT"),
        Of("files: range", "GET /digits.txt", "Range: bytes=2-4"),
        Of("files: last bytes", "GET /digits.txt", "Range: bytes=-3"),
        Of("files: range beyond the end", "GET /digits.txt", "Range: bytes=10-"),
        Of("files: two ranges", "GET /digits.txt", "Range: bytes=0-1,3-4"),
        Of("files: malformed range", "GET /digits.txt", "Range: bytes=4-2"),
        Of("files: range of the same tag", "GET /digits.txt", "Range: bytes=2-4\nIf-Range: {ETag}"),
        Of("files: range of another tag", "GET /digits.txt", "Range: bytes=2-4\nIf-Range: \"other\""),
        Of("files: HEAD of a range", "HEAD /digits.txt", "Range: bytes=2-4"),
        Of("files: unknown type", "GET /data.unknown"),
        Of("files: name with a dot in front", "GET /.hidden"),
        Of("files: folder", "GET /guide"),
        Of("files: index of a folder", "GET /guide/"),
        Of("files: folder without index", "GET /empty/"),
        Of("files: missing", "GET /missing.txt"),
        Of("files: other case", "GET /Digits.txt"),
        Of("files: dot segments", "GET /../secret.txt"),
        Of("files: encoded dot segments", "GET /%2e%2e/secret.txt"),
        Of("files: encoded slash", "GET /..%2fsecret.txt"),
        Of("files: encoded backslash", "GET /..%5csecret.txt"),
        Of("files: encoded NUL", "GET /digits.txt%00.html"),
        Of("files: POST", "POST /digits.txt", "", "x"),
        Of("files: POST of a missing file", "POST /missing.txt", "", "x"),
    ];

    private static IEnumerable<ShopRequest> Uploads() =>
    [
        Of("uploads: new", "PUT /uploads/note.txt", "", "A note."),
        Of("uploads: read", "GET /uploads/note.txt"),
        Of("uploads: expected", "PUT /uploads/note.txt", "Expect: 100-continue", "Another note."),
        Of("uploads: read again", "GET /uploads/note.txt"),
        new("uploads: in chunks", "PUT /uploads/chunks.txt HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n" +
            "Transfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n0\r\n\r\n"),
        Of("uploads: too large", "PUT /uploads/large.txt", "", new string('x', 1_000_001)),
        new("uploads: too large in chunks", "PUT /uploads/large.txt HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n" +
            $"Transfer-Encoding: chunked\r\n\r\nf4241\r\n{new string('x', 1_000_001)}\r\n0\r\n\r\n"),
        Of("uploads: too large and expected", "PUT /uploads/large.txt", "Expect: 100-continue\nContent-Length: 1000001"),
        Of("uploads: nothing left of those too large", "GET /uploads/large.txt"),
        Of("uploads: to another folder", "PUT /uploads/a/b.txt", "", "x"),
        Of("uploads: an encoded slash", "PUT /uploads/a%2fb.txt", "", "x"),
        Of("uploads: DELETE", "DELETE /uploads/note.txt"),
    ];

    private static IEnumerable<ShopRequest> Sessions() =>
    [
        Of("sessions: none", "GET /account"),
        Form("sessions: sign in", "POST /login", "user=J%C3%BCrgen+H&remember=on"),
        Of("sessions: account", "GET /account", "Cookie: session={session}"),
        Of("sessions: account among cookies", "GET /account", "Cookie: a=1; session={session}; b=\"2\""),
        Of("sessions: account in two lines", "GET /account", "Cookie: a=1\nCookie: session={session}"),
        Of("sessions: unknown", "GET /account", "Cookie: session=0000"),
        Of("sessions: malformed cookie", "GET /account", "Cookie: ;;=;session"),
        Of("sessions: sign in with a charset", "POST /login", "Content-Type: application/x-www-form-urlencoded; charset=UTF-8", "user=A"),
        Form("sessions: refused without a name", "POST /login", "name=A"),
        Form("sessions: empty name", "POST /login", "user="),
        Form("sessions: malformed triplet", "POST /login", "user=100%"),
        Form("sessions: two names", "POST /login", "user=A&user=B"),
        Json("sessions: refused JSON", "POST /login", """{"user":"A"}"""),
        Of("sessions: refused content without a type", "POST /login", "", "user=A"),
        Of("sessions: multipart", "POST /login", "Content-Type: multipart/form-data; boundary=b",
            "--b\r\nContent-Disposition: form-data; name=user\r\n\r\nA\r\n--b--\r\n"),
        Of("sessions: GET", "GET /login"),
    ];

    private static IEnumerable<ShopRequest> OtherOrigins() =>
    [
        Of("origins: preflight", "OPTIONS /api/orders", $"Origin: {Origin}\n{Preflight}POST\nAccess-Control-Request-Headers: content-type"),
        Of("origins: preflight of another origin", "OPTIONS /api/orders", $"Origin: http://evil.test\n{Preflight}POST"),
        Of("origins: preflight of another method", "OPTIONS /api/orders", $"Origin: {Origin}\n{Preflight}BREW"),
        Of("origins: preflight of another field", "OPTIONS /api/orders",
            $"Origin: {Origin}\n{Preflight}POST\nAccess-Control-Request-Headers: x-other"),
        Of("origins: preflight of an unknown path", "OPTIONS /missing/path", $"Origin: {Origin}\n{Preflight}PUT"),
        Of("origins: GET", "GET /api/orders/1", $"Origin: {Origin}"),
        Of("origins: GET of another origin", "GET /api/orders/1", "Origin: http://evil.test"),
        Of("origins: GET of no origin", "GET /api/orders/1", "Origin: null"),
        Of("origins: not found", "GET /api/orders/99", $"Origin: {Origin}"),
        Of("origins: no route", "DELETE /api/orders", $"Origin: {Origin}"),
        Of("origins: refused content", "POST /api/orders", $"Origin: {Origin}\nContent-Type: text/plain", Tea),
        Of("origins: too large", "PUT /uploads/large.txt", $"Origin: {Origin}", new string('x', 1_000_001)),
        Of("origins: file", "GET /digits.txt", $"Origin: {Origin}"),
    ];

    private static IEnumerable<ShopRequest> Events() =>
    [
        Of("events: all", "GET /events", events: 2),
        Of("events: after the first", "GET /events", "Last-Event-ID: 1", events: 2),
        Of("events: after no number", "GET /events", "Last-Event-ID: x", events: 2),
        Of("events: HEAD", "HEAD /events"),
        Of("events: POST", "POST /events", "", "x"),
        Of("events: below", "GET /events/1"),
    ];

    private static IEnumerable<ShopRequest> Syntax() =>
    [
        new("syntax: HTTP/1.0", "GET /api/orders/1 HTTP/1.0\r\n\r\n"),
        new("syntax: no Host", "GET /api/orders/1 HTTP/1.1\r\nConnection: close\r\n\r\n"),
        new("syntax: a space in the target", "GET /api/orders /1 HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n"),
        new("syntax: two lengths", "POST /api/orders HTTP/1.1\r\nHost: shop\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
    ];
}
