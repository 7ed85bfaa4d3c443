// Owns: the line that opens a chunk: its size and extensions (RFC 9112 §7.1).

namespace TinyHost;

/// <summary>Reads <c>chunk-size [ chunk-ext ] CRLF</c>. The default value is ready for a new line.</summary>
internal struct ChunkLine
{
    private Phase _phase;
    private int _length;

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

    /// <summary>Octets of the line so far, without its CRLF.</summary>
    internal readonly int Length => _length;

    /// <summary>The chunk's size, once the line is <see cref="ParseStatus.Complete"/>.</summary>
    internal long Size { get; private set; }

    /// <summary>Takes the next octet. White space is valid around <c>;</c> and <c>=</c> only (BWS), not at the end of the line.</summary>
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
            Phase.BeforeExtension => Octets.IsWhiteSpace(octet) || EnterIf(octet == (byte)';', Phase.ExtensionStart),
            Phase.ExtensionStart => Octets.IsWhiteSpace(octet) || EnterIf(Octets.Token.Contains(octet), Phase.Name),
            Phase.Name => Octets.Token.Contains(octet)
                || EnterIf(octet == (byte)'=', Phase.ValueStart)
                || EnterIf(Octets.IsWhiteSpace(octet), Phase.BeforeEquals)
                || EndExtension(octet),
            Phase.BeforeEquals => Octets.IsWhiteSpace(octet)
                || EnterIf(octet == (byte)'=', Phase.ValueStart)
                || EnterIf(octet == (byte)';', Phase.ExtensionStart),
            Phase.ValueStart => Octets.IsWhiteSpace(octet)
                || EnterIf(octet == (byte)'"', Phase.QuotedValue)
                || EnterIf(Octets.Token.Contains(octet), Phase.TokenValue),
            Phase.TokenValue => Octets.Token.Contains(octet) || EndExtension(octet),
            // RFC 9110 §5.6.4: qdtext and quoted-pair take the octets of a field value, except the two with a meaning.
            Phase.QuotedValue => EnterIf(octet == (byte)'"', Phase.AfterQuotedValue)
                || EnterIf(octet == (byte)'\\', Phase.QuotedPair)
                || Octets.FieldValue.Contains(octet),
            Phase.QuotedPair => EnterIf(Octets.FieldValue.Contains(octet), Phase.QuotedValue),
            _ => EndExtension(octet),
        };

        return isValid && (_phase == Phase.LineFeed || ++_length <= maxLength) ? ParseStatus.Incomplete : ParseStatus.Rejected;
    }

    /// <summary>Takes a HEXDIG of the size, which must fit 63 bits; leading zeros do not count.</summary>
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
        EnterIf(octet == Octets.CarriageReturn, Phase.LineFeed)
        || EnterIf(octet == (byte)';', Phase.ExtensionStart)
        || EnterIf(Octets.IsWhiteSpace(octet), Phase.BeforeExtension);

    private bool EnterIf(bool condition, Phase next)
    {
        if (condition)
        {
            _phase = next;
        }

        return condition;
    }
}
