// Owns: finding, in one walk over a header section, the fields that decide framing, persistence and routing.
// Does not own: any judgement on them (MessageFraming).

namespace TinyHost;

/// <summary>What a header section says about framing. A value is that of the last line of its name: more lines than one are counted.</summary>
internal record struct FramingFields
{
    internal int HostCount { get; private set; }

    internal Slice Host { get; private set; }

    internal int ContentLengthCount { get; private set; }

    internal Slice ContentLength { get; private set; }

    internal int TransferEncodingCount { get; private set; }

    internal Slice TransferEncoding { get; private set; }

    internal bool HasCloseOption { get; private set; }

    internal bool HasKeepAliveOption { get; private set; }

    internal bool HasUpgradeOption { get; private set; }

    internal bool HasUpgrade { get; private set; }

    internal bool ExpectsContinue { get; private set; }

    internal bool HasOtherExpectation { get; private set; }

    internal static FramingFields Find(ReadOnlySpan<FieldLine> lines, ReadOnlySpan<byte> buffer)
    {
        var found = default(FramingFields);
        foreach (ref readonly var line in lines)
        {
            // The length tells nearly all other names apart, so that most lines cost one comparison of integers.
            var name = line.Name.Of(buffer);
            switch (name.Length)
            {
                case 4 when Octets.EqualsIgnoringCase(name, "Host"u8):
                    found.HostCount++;
                    found.Host = line.Value;
                    break;
                case 6 when Octets.EqualsIgnoringCase(name, "Expect"u8):
                    found.ReadExpectations(line.Value.Of(buffer));
                    break;
                case 7 when Octets.EqualsIgnoringCase(name, "Upgrade"u8):
                    found.HasUpgrade = true;
                    break;
                case 10 when Octets.EqualsIgnoringCase(name, "Connection"u8):
                    found.ReadConnectionOptions(line.Value.Of(buffer));
                    break;
                case 14 when Octets.EqualsIgnoringCase(name, "Content-Length"u8):
                    found.ContentLengthCount++;
                    found.ContentLength = line.Value;
                    break;
                case 17 when Octets.EqualsIgnoringCase(name, "Transfer-Encoding"u8):
                    found.TransferEncodingCount++;
                    found.TransferEncoding = line.Value;
                    break;
            }
        }

        return found;
    }

    /// <summary>RFC 9110 §7.6.1: <c>#connection-option</c>, without regard to case; options not known here are other layers' matter.</summary>
    private void ReadConnectionOptions(ReadOnlySpan<byte> value)
    {
        foreach (var option in new ListElements(value))
        {
            HasCloseOption |= Octets.EqualsIgnoringCase(option, "close"u8);
            HasKeepAliveOption |= Octets.EqualsIgnoringCase(option, "keep-alive"u8);
            HasUpgradeOption |= Octets.EqualsIgnoringCase(option, "upgrade"u8);
        }
    }

    /// <summary>RFC 9110 §10.1.1: <c>#expectation</c>, of which one is defined; empty elements mean nothing (§5.6.1.2).</summary>
    private void ReadExpectations(ReadOnlySpan<byte> value)
    {
        foreach (var expectation in new ListElements(value))
        {
            var isContinue = Octets.EqualsIgnoringCase(expectation, "100-continue"u8);
            ExpectsContinue |= isContinue;
            HasOtherExpectation |= !isContinue && !expectation.IsEmpty;
        }
    }
}
