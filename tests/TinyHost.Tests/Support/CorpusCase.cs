// Owns: the form of a case: the octets a peer sends, and the requests that a server must read.

using System.Text;

namespace TinyHost.Tests.Support;

/// <summary>One request that a server must accept. Null members are not checked.</summary>
internal sealed record CorpusRequest(string Method, string Target)
{
    internal BodyKind Kind { get; init; }

    /// <summary>The content, one char per octet.</summary>
    internal string Body { get; init; } = "";

    /// <summary>The trailer fields a handler may see, as <c>Name: value</c>.</summary>
    internal string[] Trailers { get; init; } = [];

    internal byte MinorVersion { get; init; } = 1;

    internal bool Persistent { get; init; } = true;

    internal bool ExpectContinue { get; init; }

    internal bool UpgradeRequested { get; init; }

    /// <summary>The authority of the target, or the Host field's value.</summary>
    internal string? Host { get; init; }

    /// <summary>The path as received.</summary>
    internal string? Path { get; init; }

    internal string? Query { get; init; }

    /// <summary>All field lines, as <c>Name: value</c>.</summary>
    internal string[]? Fields { get; init; }
}

/// <summary>
/// All that a peer sends on one connection, under the default <see cref="ServerLimits"/>: the accepted requests, in order, and the reason
/// why the next one is rejected, if any. After a rejection, and after a request that is not persistent, nothing is read as a request.
/// </summary>
internal sealed record CorpusCase(string Name, string Section, string Text, RejectReason Rejected, CorpusRequest[] Requests)
{
    /// <summary>True when <c>StrictTargets</c> refuses the case for a request target that is accepted by default.</summary>
    internal bool IsRefusedStrictly { get; init; }

    /// <summary>The octets: the text as Latin-1.</summary>
    internal byte[] Octets => Encoding.Latin1.GetBytes(Text);

    /// <summary>The status code of the rejection, or null.</summary>
    internal int? RejectedStatusCode => Rejected == RejectReason.None ? null : Rejected.StatusCode();

    public override string ToString() => Name;

    internal static CorpusCase Accept(string name, string section, string text, params CorpusRequest[] requests) =>
        new(name, section, text, RejectReason.None, requests);

    internal static CorpusCase Reject(string name, string section, string text, RejectReason reason, params CorpusRequest[] before) =>
        new(name, section, text, reason, before);

    internal static CorpusRequest Get(string target) => new("GET", target);

    /// <summary>A POST to <c>/</c> with chunked content.</summary>
    internal static CorpusRequest PostChunked(string body, params string[] trailers) =>
        new("POST", "/") { Kind = BodyKind.Chunked, Body = body, Trailers = trailers };

    /// <summary>A POST to <c>/</c> with a Content-Length.</summary>
    internal static CorpusRequest PostLength(string body) =>
        new("POST", "/") { Kind = body.Length == 0 ? BodyKind.None : BodyKind.ContentLength, Body = body };

    /// <summary>A complete HTTP/1.1 request with this request line.</summary>
    internal static string Line(string line) => line + "\r\nHost: a\r\n\r\n";

    /// <summary>A GET with these field lines after Host.</summary>
    internal static string Fields(string lines) => "GET / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n\r\n";

    /// <summary>A POST with these field lines after Host, and this content.</summary>
    internal static string Post(string lines, string content) => "POST / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n\r\n" + content;

    /// <summary>A POST with chunked content.</summary>
    internal static string Chunks(string content) => Post("Transfer-Encoding: chunked", content);
}
