// Owns: reading a request head, RFC 9112 §2.2–§5: the request line here, then the field lines (FieldSection).

using System.Buffers;

namespace TinyHost;

/// <summary>
/// Where the parts of one request head are in the receive buffer, and how far its parse has come. Offsets count from the start of the
/// buffer and stay valid while the head stays there.
/// </summary>
internal sealed class RequestHead(ArrayPool<byte> pool)
{
    private readonly FieldSection _fields = new(pool);
    private Phase _phase;
    private int _position;
    private int _elementStart;

    /// <summary>What the next octet belongs to.</summary>
    private enum Phase : byte
    {
        Start,
        EmptyLineFeed,
        Method,
        Target,
        Version,
        LineFeed,
        Fields,
    }

    internal Slice Method { get; private set; }

    /// <summary>The request target, as received.</summary>
    internal Slice Target { get; private set; }

    internal TargetForm Form { get; set; }

    /// <summary>The authority of an absolute or authority form; empty otherwise.</summary>
    internal Slice Authority { get; set; }

    /// <summary>The path, undecoded; empty for the authority and asterisk forms and for an absolute form without a path.</summary>
    internal Slice Path { get; set; }

    /// <summary>The query without its <c>?</c>; <c>default</c> when there is none.</summary>
    internal Slice Query { get; set; }

    /// <summary>0 for HTTP/1.0; 1 for HTTP/1.1 and every higher minor version (RFC 9110 §2.5).</summary>
    internal byte MinorVersion { get; private set; }

    /// <summary>Whether the requests of this connection come over TLS.</summary>
    internal bool IsSecure { get; set; }

    internal ReadOnlySpan<FieldLine> Fields => _fields.Lines;

    /// <summary>Start of the request line: 0, or 2 after a leading empty line.</summary>
    internal int LineStart { get; private set; }

    /// <summary>
    /// Parses one request head at the start of <paramref name="received"/>. After <see cref="ParseStatus.Incomplete"/>, call again with a
    /// longer span that begins with the same octets: parsing resumes after them. A head is rejected at the first octet that makes it
    /// invalid, however the octets are cut into reads. <paramref name="length"/> is the head's length when it is complete, else 0.
    /// </summary>
    internal ParseStatus Parse(ReadOnlySpan<byte> received, ServerLimits limits, out int length, out RejectReason reason)
    {
        length = 0;
        if (_phase != Phase.Fields)
        {
            reason = ReadRequestLine(received, limits);
            if (reason != RejectReason.None)
            {
                return ParseStatus.Rejected;
            }

            if (_phase != Phase.Fields)
            {
                return ParseStatus.Incomplete;
            }

            _fields.Begin(_position);
        }

        return _fields.Parse(received, limits.MaxHeaderSectionSize, limits.MaxFieldLines, out length, out reason);
    }

    /// <summary>Prepares for the next head.</summary>
    internal void Clear()
    {
        Method = Target = Authority = Path = Query = default;
        Form = TargetForm.Origin;
        MinorVersion = 0;
        LineStart = 0;
        _phase = Phase.Start;
        _position = _elementStart = 0;
        _fields.Begin(0);
    }

    /// <summary>Returns the pooled memory, which the next field line rents again.</summary>
    internal void Release() => _fields.Release();

    /// <summary>RFC 9112 §3.</summary>
    private RejectReason ReadRequestLine(ReadOnlySpan<byte> received, ServerLimits limits)
    {
        var reason = RejectReason.None;
        while (reason == RejectReason.None && _phase != Phase.Fields && _position < received.Length)
        {
            // The line and its CR are within the window, or the line is too long.
            var end = (long)LineStart + limits.MaxRequestLineSize + 1;
            var window = received[..(int)Math.Min(received.Length, end)];
            reason = _phase switch
            {
                Phase.Start => BeginLine(window[0]),
                Phase.Method => ReadMethod(window, limits.MaxMethodSize),
                Phase.Target => ReadTarget(window, limits.StrictTargets),
                Phase.Version => ReadVersion(window),
                _ => ReadLineFeed(received[_position]),
            };
            if (reason == RejectReason.None && _phase < Phase.LineFeed && _position == end)
            {
                reason = RejectReason.RequestTargetTooLong;
            }
        }

        return reason;
    }

    /// <summary>RFC 9112 §2.2: one empty line before the request line is ignored.</summary>
    private RejectReason BeginLine(byte octet)
    {
        var isEmpty = octet == Octets.CarriageReturn;
        _phase = isEmpty ? Phase.EmptyLineFeed : Phase.Method;
        _position = isEmpty ? 1 : 0;
        return RejectReason.None;
    }

    private RejectReason ReadMethod(ReadOnlySpan<byte> window, int maxSize)
    {
        var end = (int)Math.Min(window.Length, (long)_elementStart + maxSize + 1);
        if (TryReadElement(window[..end], Octets.Token, RejectReason.InvalidMethod, out var method, out var reason))
        {
            Method = method;
            _phase = Phase.Target;
        }
        else if (reason == RejectReason.None && _position - _elementStart > maxSize)
        {
            return RejectReason.MethodTooLong;
        }

        return reason;
    }

    private RejectReason ReadTarget(ReadOnlySpan<byte> window, bool isStrict)
    {
        var octets = isStrict ? Octets.StrictTarget : Octets.Target;
        if (TryReadElement(window, octets, RejectReason.InvalidRequestTarget, out var target, out var reason))
        {
            Target = target;
            _phase = Phase.Version;
            return RequestTarget.Split(window, isStrict, this);
        }

        return reason;
    }

    /// <summary>Reads on to the SP that ends an element. False when it has not arrived yet, or for the reason given.</summary>
    private bool TryReadElement(
        ReadOnlySpan<byte> window, OctetSet octets, RejectReason invalid, out Slice element, out RejectReason reason)
    {
        element = default;
        reason = RejectReason.None;
        var run = octets.IndexOfAnyExcept(window[_position..]);
        if (run < 0)
        {
            _position = window.Length;
            return false;
        }

        _position += run;
        element = new Slice(_elementStart, _position - _elementStart);
        if (element.Length == 0 || window[_position] != Octets.Space)
        {
            reason = Misplaced(window[_position], invalid);
            return false;
        }

        _elementStart = ++_position;
        return true;
    }

    /// <summary>RFC 9112 §2.3: <c>"HTTP/" DIGIT "." DIGIT</c>, case-sensitive, and the CR that ends the line.</summary>
    private RejectReason ReadVersion(ReadOnlySpan<byte> window)
    {
        // Nearly always all of it is here: one comparison instead of nine.
        if (_position == _elementStart && window[_position..].StartsWith("HTTP/1.1\r"u8))
        {
            _position += 9;
            _phase = Phase.LineFeed;
            MinorVersion = 1;
            return RejectReason.None;
        }

        while (_position < window.Length)
        {
            var octet = window[_position];
            var index = _position - _elementStart;
            var expected = "HTTP/9.9\r"u8[index];
            var isValid = expected == (byte)'9' ? octet is >= (byte)'0' and <= (byte)'9' : octet == expected;
            if (!isValid)
            {
                return index is 0 or 8 || octet == Octets.LineFeed
                    ? Misplaced(octet, RejectReason.InvalidVersion)
                    : RejectReason.InvalidVersion;
            }

            _position++;
            if (index == 8)
            {
                _phase = Phase.LineFeed;
                MinorVersion = window[_elementStart + 7] == (byte)'0' ? (byte)0 : (byte)1;
                return window[_elementStart + 5] == (byte)'1' ? RejectReason.None : RejectReason.UnsupportedVersion;
            }
        }

        return RejectReason.None;
    }

    private RejectReason ReadLineFeed(byte octet)
    {
        if (octet != Octets.LineFeed)
        {
            return RejectReason.InvalidLineEnd;
        }

        _elementStart = ++_position;
        LineStart = _phase == Phase.EmptyLineFeed ? _position : LineStart;
        _phase = _phase == Phase.EmptyLineFeed ? Phase.Method : Phase.Fields;
        return RejectReason.None;
    }

    /// <summary>Why an octet cannot begin or end an element: white space and line ends break the line, other octets the element.</summary>
    private static RejectReason Misplaced(byte octet, RejectReason element) => octet switch
    {
        Octets.LineFeed => RejectReason.InvalidLineEnd,
        Octets.Space or Octets.Tab or Octets.CarriageReturn => RejectReason.InvalidRequestLine,
        _ => element,
    };
}
