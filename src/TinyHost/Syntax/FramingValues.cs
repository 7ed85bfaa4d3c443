// Owns: the values of the fields that decide framing: Content-Length, and the lists (RFC 9110 §5.6.1) of Connection, Expect and
// Transfer-Encoding.

using System.Text;

namespace TinyHost;

/// <summary>The connection options with a meaning here (RFC 9110 §7.6.1).</summary>
[Flags]
internal enum ConnectionOptions : byte
{
    None = 0,
    Close = 1,
    KeepAlive = 2,
    Upgrade = 4,
}

/// <summary>Whether the one defined expectation is there (RFC 9110 §10.1.1), and whether any other is.</summary>
[Flags]
internal enum Expectations : byte
{
    None = 0,
    Continue = 1,
    Other = 2,
}

internal static class FramingValues
{
    /// <summary>RFC 9110 §7.6.1: <c>#connection-option</c>, case-insensitive. Other options are ignored.</summary>
    internal static ConnectionOptions ReadConnectionOptions(ReadOnlySpan<byte> value)
    {
        var options = ConnectionOptions.None;
        foreach (var range in value.Split((byte)','))
        {
            var option = Trim(value[range]);
            options |= Ascii.EqualsIgnoreCase(option, "close"u8) ? ConnectionOptions.Close
                : Ascii.EqualsIgnoreCase(option, "keep-alive"u8) ? ConnectionOptions.KeepAlive
                : Ascii.EqualsIgnoreCase(option, "upgrade"u8) ? ConnectionOptions.Upgrade
                : ConnectionOptions.None;
        }

        return options;
    }

    /// <summary>RFC 9110 §10.1.1: <c>#expectation</c>. Empty elements are ignored (§5.6.1.2).</summary>
    internal static Expectations ReadExpectations(ReadOnlySpan<byte> value)
    {
        var expectations = Expectations.None;
        foreach (var range in value.Split((byte)','))
        {
            var expectation = Trim(value[range]);
            expectations |= Ascii.EqualsIgnoreCase(expectation, "100-continue"u8) ? Expectations.Continue
                : !expectation.IsEmpty ? Expectations.Other
                : Expectations.None;
        }

        return expectations;
    }

    /// <summary>
    /// RFC 9112 §6.1 and §6.3 rule 4. The last coding must be <c>chunked</c>, without parameters and only once: otherwise the content has
    /// no certain end, which is a 400 (MUST) whatever the codings. Another coding before it is not supported, which is a 501 (SHOULD).
    /// </summary>
    internal static RejectReason CheckTransferEncoding(ReadOnlySpan<byte> value)
    {
        var hasChunked = false;
        var hasOther = false;
        foreach (var range in value.Split((byte)','))
        {
            var coding = Trim(value[range]);
            if (hasChunked || coding.IsEmpty || Octets.Token.IndexOfAnyExcept(coding) >= 0)
            {
                return RejectReason.InvalidTransferEncoding;
            }

            hasChunked = Ascii.EqualsIgnoreCase(coding, "chunked"u8);
            hasOther |= !hasChunked;
        }

        return !hasChunked ? RejectReason.InvalidTransferEncoding
            : hasOther ? RejectReason.UnsupportedTransferCoding
            : RejectReason.None;
    }

    /// <summary>RFC 9110 §8.6: <c>1*DIGIT</c>, with any number of leading zeros, as long as the value fits 63 bits.</summary>
    internal static bool TryReadContentLength(ReadOnlySpan<byte> digits, out long length)
    {
        length = 0;
        foreach (var octet in digits)
        {
            var digit = octet - '0';
            if (digit is < 0 or > 9 || length > (long.MaxValue - digit) / 10)
            {
                return false;
            }

            length = (length * 10) + digit;
        }

        return !digits.IsEmpty;
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> element) => Octets.Trim(element, 0, element.Length).Of(element);
}
