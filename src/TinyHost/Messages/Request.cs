// Owns: the parts of a request as a handler reads them.
// Does not own: their octets, which stay in the connection's receive buffer until the request ends.

using System.Net;
using System.Text;

namespace TinyHost;

/// <summary>A request, RFC 9110 §3.4. Strings are made when they are asked for; those that cannot be secrets are reused where the same octets come again.</summary>
public sealed class Request : IFieldSection
{
    private readonly ReceiveBuffer _received;
    private readonly StringCache _strings;
    private volatile RequestHead? _head;
    private RouteValues? _routeValues;
    private MessageFraming _framing;
    private string? _method;
    private string? _path;

    internal Request(Wire wire, Request? last)
    {
        _received = wire.Received;
        _strings = wire.Strings;
        _head = wire.Head;
        Body = new RequestBody(wire, last?.Body);
        _routeValues = last?._routeValues is { } values ? new RouteValues(values) : null;
        Fields = new FieldLines(this, wire.Strings);
    }

    /// <summary>The method, case-sensitive (RFC 9110 §9.1), such as <c>GET</c>.</summary>
    public string Method => _method ??= _strings.Get(Head.Method.Of(HeadOctets));

    /// <summary>The request target exactly as received (RFC 9112 §3.2).</summary>
    public string Target => _strings.Find(Head.Target.Of(HeadOctets));

    /// <summary>
    /// The path in its normal form: percent-decoded (save <c>%2F</c>, <c>%25</c> and octets that are not UTF-8), without dot segments, without
    /// empty segments (<c>//a</c> is <c>/a</c>) and without <see cref="BasePath"/>; always begins with <c>/</c>, except <c>*</c> for an <c>OPTIONS *</c> request (or
    /// <c>OPTIONS http://host</c>, which is the same, RFC 9112 §3.2.4) and the authority for a <c>CONNECT</c>. A stage that hands a subtree on moves its prefix into <see cref="BasePath"/>.
    /// </summary>
    public string Path
    {
        get
        {
            if (_path is null)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                _path = ReadPath();
                CountTexts(before);
            }

            return _path;
        }

        set => _path = value;
    }

    /// <summary>The part of the path that prefixes and path stages have taken off; empty, or begins with <c>/</c> and does not end in one.</summary>
    public string BasePath { get; set; } = "";

    /// <summary>
    /// The query as received, without its <c>?</c>; empty when there is none. It may hold every visible ASCII character but <c>#</c>, and a
    /// <c>%</c> that starts no triplet, unless <c>StrictTargets</c> is set.
    /// </summary>
    public string Query => Encoding.Latin1.GetString(Head.Query.Of(HeadOctets));

    /// <summary>True when an RFC defines the method (IANA's registry): where it is not allowed the answer is 405, for any other 501 (RFC 9110 §9.1).</summary>
    public bool IsMethodDefined => TokenText.IsRegisteredMethod(Method);

    /// <summary>1.0 or 1.1 (RFC 9110 §2.5).</summary>
    public Version Version => Head.MinorVersion == 0 ? HttpVersion.Version10 : HttpVersion.Version11;

    /// <summary><c>http</c>: how the connection is carried, not what the peer says.</summary>
    public string Scheme => "http";

    /// <summary>
    /// The authority the peer asked for: of an absolute target, else of the Host field (RFC 9112 §3.3); empty for HTTP/1.0 without one.
    /// It is the peer's word: nothing that matters may hang on it.
    /// </summary>
    public string Host => _strings.Get(Framing.Host.Of(HeadOctets));

    /// <summary>The fields of the header section.</summary>
    public FieldLines Fields { get; }

    /// <summary>The content.</summary>
    public RequestBody Body { get; }

    /// <summary>The values a route template took from the path, by name; empty without a template.</summary>
    public RouteValues RouteValues => _routeValues ??= new RouteValues();

    ReadOnlySpan<FieldLine> IFieldSection.Lines => Head.Fields;

    ReadOnlySpan<byte> IFieldSection.Octets => HeadOctets;

    // Looked at before it is known that the request has not ended: afterwards they may be gone.
    private ReadOnlySpan<byte> HeadOctets
    {
        get
        {
            var octets = _received.Message;
            _ = Head;
            return octets;
        }
    }

    /// <summary>Throws <see cref="InvalidOperationException"/> once the request has ended, if anything that it left behind may ask.</summary>
    internal RequestHead Head => _head ?? throw Ended();

    internal MessageFraming Framing => _head is null ? throw Ended() : _framing;

    internal bool IsHead => Is("HEAD"u8);

    /// <summary>Whether the request expects 100 (Continue), content or none. No other expectation gets this far.</summary>
    internal bool ExpectsContinue =>
        Head.MinorVersion > 0 && Fields["Expect"]?.Contains("100-continue", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>
    /// True when the request asks to switch to a protocol (RFC 9110 §7.8): it is among those its Upgrade field lists, whatever its case. False
    /// for a text that names no protocol.
    /// </summary>
    public bool Upgrades(string protocol)
    {
        ArgumentNullException.ThrowIfNull(protocol);
        if (!Framing.UpgradeRequested || Fields["Upgrade"] is not { } upgrade || !TokenText.IsProtocol(protocol))
        {
            return false;
        }

        foreach (var range in upgrade.AsSpan().Split(','))
        {
            if (upgrade.AsSpan(range).Trim(" \t").Equals(protocol, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    internal void Begin(in MessageFraming framing) => _framing = framing;

    /// <summary>
    /// Moves the base path of a prefix from <see cref="Path"/> to <see cref="BasePath"/>; false when the path lies in none of them.
    /// They come without a trailing slash, longest first; none at all means that the whole tree is served.
    /// <c>OPTIONS *</c> and CONNECT have no path to lie anywhere: they are about the server as a whole.
    /// </summary>
    internal bool TryEnter(IReadOnlyList<string> basePaths)
    {
        if (basePaths.Count == 0 || !Path.StartsWith('/'))
        {
            return true;
        }

        var path = Path;
        foreach (var basePath in basePaths)
        {
            if (path.StartsWith(basePath, StringComparison.Ordinal) && (path.Length == basePath.Length || path[basePath.Length] == '/'))
            {
                BasePath = basePath;
                Path = path.Length == basePath.Length ? "/" : path[basePath.Length..];
                return true;
            }
        }

        return false;
    }

    /// <summary>The text, which is not kept unless the program itself has it.</summary>
    internal string FindText(ReadOnlySpan<char> text) => _strings.Find(text);

    internal void Clear()
    {
        TextBytes = 0;
        _method = null;
        _path = null;
        BasePath = "";
        _routeValues?.Clear();
    }

    /// <summary>What the server itself has allocated for the path and its values while a handler was called: not memory of the handler's.</summary>
    internal long TextBytes { get; private set; }

    /// <summary>Counts what this thread has allocated since <paramref name="before"/> among <see cref="TextBytes"/>.</summary>
    internal void CountTexts(long before) => TextBytes += GC.GetAllocatedBytesForCurrentThread() - before;

    /// <summary>What still holds this request reads nothing of the next one.</summary>
    internal void Detach() => _head = null;

    private static InvalidOperationException Ended() => new("The request has ended: nothing of it can be read once its handler's task has completed.");

    private bool Is(ReadOnlySpan<byte> method) => Head.Method.Of(HeadOctets).SequenceEqual(method);

    private string ReadPath()
    {
        if (Head.Form is TargetForm.Asterisk or TargetForm.Authority)
        {
            return Target;
        }

        var path = Head.Path.Of(HeadOctets);
        if (path.IsEmpty)
        {
            // RFC 9112 §3.2.4: what the last proxy on the way would have made an asterisk of, had there been one.
            var hasQuery = Head.Query != default; // Also an empty one, which lies somewhere.
            return !hasQuery && Is("OPTIONS"u8) ? "*" : "/";
        }

        if (!RequestTarget.NeedsNormalizing(path))
        {
            return _strings.Find(path);
        }

        var decoded = path.Length <= 512 ? stackalloc byte[512] : new byte[path.Length];
        var length = TargetPath.Normalize(path, decoded);
        // The parser refused what cannot be decoded.
        return Encoding.UTF8.GetString(decoded[..length]);
    }
}
