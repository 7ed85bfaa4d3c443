// Owns: the parts of a request as a handler reads them.
// Does not own: their octets, which stay in the connection's receive buffer until the request ends.

namespace TinyHost;

/// <summary>A request, RFC 9110 §3.4. Strings are made when first asked for and reused where the same octets come again.</summary>
public sealed class Request
{
    internal Request(RequestBody body) => Body = body;

    /// <summary>The method, case-sensitive (RFC 9110 §9.1), such as <c>GET</c>.</summary>
    public string Method => throw new NotImplementedException();

    /// <summary>The request target exactly as received (RFC 9112 §3.2).</summary>
    public string Target => throw new NotImplementedException();

    /// <summary>
    /// The path: percent-decoded (save <c>%2F</c> and octets that are not UTF-8), without dot segments and without
    /// <see cref="BasePath"/>; always begins with <c>/</c>, except <c>*</c> for an <c>OPTIONS *</c> request.
    /// A stage that hands a subtree on moves its prefix into <see cref="BasePath"/>.
    /// </summary>
    public string Path { get; set; } = "/";

    /// <summary>The part of the path that prefixes and path stages have taken off; empty, or begins with <c>/</c> and does not end in one.</summary>
    public string BasePath { get; set; } = "";

    /// <summary>The query as received, without its <c>?</c>; empty when there is none.</summary>
    public string Query => throw new NotImplementedException();

    /// <summary>1.0 or 1.1.</summary>
    public Version Version => throw new NotImplementedException();

    /// <summary><c>http</c> or <c>https</c>: how the connection is carried, not what the peer says.</summary>
    public string Scheme => throw new NotImplementedException();

    /// <summary>The authority the peer asked for: of an absolute target, else of the Host field (RFC 9112 §3.3); empty for HTTP/1.0 without one. Never to be trusted.</summary>
    public string Host => throw new NotImplementedException();

    /// <summary>The header section.</summary>
    public FieldLines Fields => throw new NotImplementedException();

    /// <summary>The content.</summary>
    public RequestBody Body { get; }

    /// <summary>The values a route template took from the path, by name; empty without a template.</summary>
    public RouteValues RouteValues { get; } = new();
}
