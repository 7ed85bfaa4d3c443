// Owns: the parts of a request as a handler reads them. Their octets stay in the connection's receive buffer until the request ends.

using System.Net;
using System.Text;

namespace TinyHost;

/// <summary>
/// A request (RFC 9110 §3.4). Strings are made when they are asked for, from memory that a read of the content may move: do not use a
/// request while such a read is pending, nor on two threads at once. Once the handler has ended, its members may throw
/// <see cref="InvalidOperationException"/> or show the next request.
/// </summary>
public sealed class Request
{
    private readonly Http1Connection _http1;
    private readonly int _generation;
    private volatile bool _isDetached;
    private RequestFields? _fields;
    private RequestBody? _body;
    private RouteValues? _routeValues;
    private string? _method;
    private string? _path;

    internal Request(Http1Connection http1, StringCache strings)
    {
        _http1 = http1;
        _generation = http1.State.Generation;
        Strings = strings;
    }

    /// <summary>The method, such as <c>GET</c>. Methods are case-sensitive (RFC 9110 §9.1).</summary>
    public string Method => _method ??= Strings.Get(Head.Method.Of(HeadOctets));

    /// <summary>The request target exactly as received (RFC 9112 §3.2).</summary>
    public string Target => Strings.Find(Head.Target.Of(HeadOctets));

    /// <summary>
    /// The path without <see cref="BasePath"/>, in its normal form: percent-decoded (except <c>%2F</c>, <c>%25</c> and bytes that are not
    /// UTF-8), without dot segments and empty segments (<c>//a</c> is <c>/a</c>). It begins with <c>/</c>, except that it is <c>*</c> for
    /// <c>OPTIONS *</c> and <c>OPTIONS http://host</c> (RFC 9112 §3.2.4) and the authority for CONNECT. A stage that passes on a subtree
    /// moves the subtree's prefix into <see cref="BasePath"/>.
    /// </summary>
    public string Path
    {
        get => _path ??= _http1.Allocations.Make(this, static request => request.ReadPath());
        set => _path = value;
    }

    /// <summary>
    /// The part of the path that prefixes and path stages have removed; empty, or begins with <c>/</c> and does not end in one.
    /// </summary>
    public string BasePath { get; set; } = "";

    /// <summary>
    /// The query as received, without its <c>?</c>; empty if there is none. It may contain any visible ASCII character but <c>#</c>, and a
    /// <c>%</c> that begins no triplet, unless <c>StrictTargets</c> is set.
    /// </summary>
    public string RawQuery => Encoding.Latin1.GetString(Head.Query.Of(HeadOctets));

    /// <summary>
    /// The parameters of the query (<c>application/x-www-form-urlencoded</c>, WHATWG's URL standard, §5): decoded, <c>+</c> as a space,
    /// bytes that are not UTF-8 as U+FFFD. A <c>%</c> that begins no triplet stays.
    /// </summary>
    public NameValues Query => Extras?.Query ?? Allocations.Make(this, RequestValues.ReadQuery);

    /// <summary>
    /// The cookies, those of all Cookie lines (RFC 6265 §5.4). Values are not decoded, and quotes around them stay. Where a name repeats,
    /// browsers send the cookie with the longest path first. Text without a <c>=</c> or a name is ignored.
    /// </summary>
    public NameValues Cookies => Extras?.Cookies ?? Allocations.Make(this, RequestValues.ReadCookies);

    /// <summary>
    /// Whether an RFC defines the method (IANA's registry). Answer 405 where such a method is not allowed, and 501 to any other (RFC 9110
    /// §9.1).
    /// </summary>
    public bool IsMethodDefined => TokenText.IsRegisteredMethod(Method);

    /// <summary>The HTTP version: 1.0 or 1.1 (RFC 9110 §2.5).</summary>
    public Version Version => Head.MinorVersion == 0 ? HttpVersion.Version10 : HttpVersion.Version11;

    /// <summary>
    /// The scheme that the client used: that of the connection, <c>https</c> with TLS and <c>http</c> without, whatever the peer sent,
    /// unless a proxy that <see cref="Forwarded"/> trusts names another.
    /// </summary>
    public string Scheme
    {
        get => Extras?.Scheme ?? (IsSecure ? "https" : "http");
        internal set => EnsureExtras().Scheme = value;
    }

    /// <summary>
    /// The authority that the peer asked for: that of an absolute target, otherwise the Host field (RFC 9112 §3.3); empty for HTTP/1.0
    /// without one. The peer may send any name here: do not rely on it. A proxy that <see cref="Forwarded"/> trusts may name another.
    /// </summary>
    public string Host
    {
        get => Extras?.Host ?? Strings.Get(Framing.Host.Of(HeadOctets));
        internal set => EnsureExtras().Host = value;
    }

    /// <summary>The fields of the header section.</summary>
    public RequestFields Fields => _fields ??=
        _http1.Allocations.Make(this, static request => new RequestFields(request, isTrailer: false));

    /// <summary>The content.</summary>
    public RequestBody Body => _body ??=
        _http1.Allocations.Make(this, static request => new RequestBody(request, request._http1, request._generation));

    /// <summary>The values that a route template took from the path, by name; empty without a template.</summary>
    public RouteValues RouteValues => _routeValues ??= _http1.Allocations.Make(this, static _ => new RouteValues());

    internal StringCache Strings { get; }

    /// <summary>What few requests have; null if none of the connection's requests had any of it.</summary>
    internal RequestExtras? Extras { get; private set; }

    internal ref AllocationCount Allocations => ref _http1.Allocations;

    internal RequestHead Head => Buffers.Head;

    internal MessageFraming Framing => _isDetached ? throw StateErrors.RequestEnded() : _http1.Framing;

    /// <summary>Whether the request came over TLS.</summary>
    internal bool IsSecure => _isDetached ? throw StateErrors.RequestEnded() : _http1.IsSecure;

    // None once the request has ended and its connection is idle.
    private RequestBuffers Buffers => _isDetached ? throw StateErrors.RequestEnded()
        : _http1.PresentBuffers ?? throw StateErrors.RequestEnded();

    // Valid until the request ends or a read of the content receives, which may move the octets (see the class). The span is taken first:
    // if the request ends in between, the check throws.
    private ReadOnlySpan<byte> HeadOctets
    {
        get
        {
            var octets = Buffers.Received.Message;
            _ = Buffers;
            return octets;
        }
    }

    /// <summary>
    /// Returns whether the request asks to switch to a protocol (RFC 9110 §7.8): its Upgrade field lists the protocol, compared
    /// case-insensitively. False for a text that is not a protocol.
    /// </summary>
    public bool AsksToUpgradeTo(string protocol)
    {
        ArgumentNullException.ThrowIfNull(protocol);
        return ProtocolUpgrade.IsRequested(this, protocol);
    }

    /// <summary>Removes the prefix's base path from the path; false if the path is under none. Without any, every path is served.</summary>
    internal bool TryEnter(IReadOnlyList<string> basePaths) => basePaths.Count == 0 || RequestPath.TryEnter(this, basePaths);

    internal ReadOnlySpan<FieldLine> HeaderLines(out ReadOnlySpan<byte> octets)
    {
        octets = HeadOctets;
        return Head.Fields;
    }

    internal RequestExtras EnsureExtras() => Extras ??= Allocations.Make(this, static _ => new RequestExtras());

    internal void ClearRouteValues() => _routeValues?.Clear();

    internal void Clear()
    {
        _method = null;
        _path = null;
        Extras?.Clear();
        BasePath = "";
        ClearRouteValues();
    }

    /// <summary>A stale reference cannot read a later request.</summary>
    internal void Detach() => _isDetached = true;

    private string ReadPath()
    {
        var path = Head.Path.Of(HeadOctets);
        return path.IsEmpty || RequestTarget.NeedsNormalizing(path) ? RequestPath.Normalize(this, path) : Strings.Find(path);
    }
}
