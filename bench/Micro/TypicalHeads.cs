// Owns: typical request heads of common clients.

using System.Text;

namespace TinyHost.Benchmarks;

/// <summary>A request head, with a name for the tables.</summary>
public sealed record TypicalHead(string Name, byte[] Bytes)
{
    public override string ToString() => Name;
}

internal static class TypicalHeads
{
    internal static readonly TypicalHead[] All =
    [
        Head("minimal", "GET / HTTP/1.1", "Host: a"),
        Head("wrk", "GET /hello HTTP/1.1", "Host: 127.0.0.1:8080"),
        Head("curl", "GET /hello HTTP/1.1", "Host: 127.0.0.1:8080", "User-Agent: curl/7.88.1", "Accept: */*"),
        Head(
            "JSON-RPC",
            "POST /rpc HTTP/1.1",
            "Host: localhost:8080",
            "User-Agent: python-requests/2.28.1",
            "Accept-Encoding: gzip, deflate",
            "Accept: */*",
            "Connection: keep-alive",
            "Content-Length: 58",
            "Content-Type: application/json"),
        Head(
            "Prometheus",
            "GET /metrics HTTP/1.1",
            "Host: daemon.example:9100",
            "User-Agent: Prometheus/3.5.0",
            "Accept: application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
            + "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
            + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
            "Accept-Encoding: gzip",
            "X-Prometheus-Scrape-Timeout-Seconds: 10"),
        Head(
            "browser",
            "GET /search?q=tiny+host&lang=en HTTP/1.1",
            "Host: www.example.com",
            "Connection: keep-alive",
            "sec-ch-ua: \"Chromium\";v=\"120\", \"Not?A_Brand\";v=\"8\"",
            "sec-ch-ua-mobile: ?0",
            "sec-ch-ua-platform: \"Linux\"",
            "Upgrade-Insecure-Requests: 1",
            "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
            "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
            "Sec-Fetch-Site: none",
            "Sec-Fetch-Mode: navigate",
            "Sec-Fetch-User: ?1",
            "Sec-Fetch-Dest: document",
            "Accept-Encoding: gzip, deflate, br",
            "Accept-Language: en-US,en;q=0.9",
            "Cookie: session=0f6a3c5e8b1d4f7a9c2e; theme=dark; consent=all; _ga=GA1.1.1234567890.1700000000"),
    ];

    private static TypicalHead Head(string name, params string[] lines) =>
        new(name, Encoding.ASCII.GetBytes(string.Join("\r\n", lines) + "\r\n\r\n"));
}
