// Owns: one chunk-size line with its extensions, RFC 9112 §7.1 and §7.1.1, octet by octet.
// Does not own: the content behind it, or what an extension means: all are ignored, as §7.1.1 has it for unknown ones.

namespace TinyHost;

/// <summary>Reads <c>chunk-size [ chunk-ext ] CRLF</c>. The default value stands at the start of a line.</summary>
internal struct ChunkLine
{
    private enum Phase : byte
    {
        SizeStart,
        Size,
        BeforeExtension,
        ExtensionStart,
        Name,
        BeforeEquals,
        ValueStart,
        TokenValue,
        QuotedValue,
        QuotedPair,
        AfterQuotedValue,
        LineFeed,
    }

    private Phase _phase;
    private int _length;

    /// <summary>Octets of the line so far, without its CRLF.</summary>
    internal readonly int Length => _length;

    /// <summary>The chunk's size, once the line is <see cref="ParseStatus.Complete"/>.</summary>
    internal long Size { get; private set; }

    /// <summary>Takes the next octet. White space that no extension follows is refused: BWS stands only before and behind <c>;</c> and <c>=</c>.</summary>
    internal ParseStatus Take(byte octet, int maxLength)
    {
        if (_phase == Phase.LineFeed)
        {
            return octet == Octets.LineFeed ? ParseStatus.Complete : ParseStatus.Rejected;
        }

        var isValid = _phase switch
        {
            Phase.SizeStart => TakeSize(octet),
            Phase.Size => TakeSize(octet) || EndExtension(octet),
            Phase.BeforeExtension => Octets.IsWhiteSpace(octet) || Go(octet == (byte)';', Phase.ExtensionStart),
            Phase.ExtensionStart => Octets.IsWhiteSpace(octet) || Go(Octets.Token.Contains(octet), Phase.Name),
            Phase.Name => Octets.Token.Contains(octet)
                || Go(octet == (byte)'=', Phase.ValueStart)
                || Go(Octets.IsWhiteSpace(octet), Phase.BeforeEquals)
                || EndExtension(octet),
            Phase.BeforeEquals => Octets.IsWhiteSpace(octet)
                || Go(octet == (byte)'=', Phase.ValueStart)
                || Go(octet == (byte)';', Phase.ExtensionStart),
            Phase.ValueStart => Octets.IsWhiteSpace(octet)
                || Go(octet == (byte)'"', Phase.QuotedValue)
                || Go(Octets.Token.Contains(octet), Phase.TokenValue),
            Phase.TokenValue => Octets.Token.Contains(octet) || EndExtension(octet),
            // RFC 9110 §5.6.4: qdtext and quoted-pair are the octets of a field value, save for the two that have a meaning.
            Phase.QuotedValue => Go(octet == (byte)'"', Phase.AfterQuotedValue)
                || Go(octet == (byte)'\\', Phase.QuotedPair)
                || Octets.FieldValue.Contains(octet),
            Phase.QuotedPair => Go(Octets.FieldValue.Contains(octet), Phase.QuotedValue),
            _ => EndExtension(octet),
        };

        return isValid && (_phase == Phase.LineFeed || ++_length <= maxLength) ? ParseStatus.Incomplete : ParseStatus.Rejected;
    }

    /// <summary>One more HEXDIG of a size that fits 63 bits, leading zeros not counted.</summary>
    private bool TakeSize(byte octet)
    {
        var digit = Octets.HexValue(octet);
        if (digit < 0 || Size > long.MaxValue >> 4)
        {
            return false;
        }

        Size = (Size << 4) | (long)digit;
        _phase = Phase.Size;
        return true;
    }

    private bool EndExtension(byte octet) =>
        Go(octet == Octets.CarriageReturn, Phase.LineFeed)
        || Go(octet == (byte)';', Phase.ExtensionStart)
        || Go(Octets.IsWhiteSpace(octet), Phase.BeforeExtension);

    private bool Go(bool condition, Phase next)
    {
        if (condition)
        {
            _phase = next;
        }

        return condition;
    }
}
