// Owns: how a request's content is delimited and whether the connection persists: RFC 9112 §6.3, rules 3 to 7, and §9.3.
// Rules 1, 2 and 8 are about responses: ResponseWriter.

using System.Text;

namespace TinyHost;

internal enum BodyKind : byte
{
    /// <summary>No content, or a Content-Length of 0.</summary>
    None,
    ContentLength,
    Chunked,
}

/// <summary>What a request's head decides about its content and its connection.</summary>
internal readonly record struct MessageFraming(
    BodyKind Body,
    long ContentLength,
    bool Persistent,
    // The peer may wait for 100 (Continue) before it sends the content.
    bool ExpectContinue,
    // The absolute form's authority if there is one (RFC 9112 §3.2.2), else the Host field's value.
    Slice Host,
    bool UpgradeRequested,
    // The peer announced its last request, and this one has no content.
    bool IsLast)
{
    /// <summary>Decides the framing of a parsed head, and checks Host.</summary>
    internal static RejectReason Decide(RequestHead head, ReadOnlySpan<byte> buffer, out MessageFraming framing)
    {
        framing = default;
        var isHttp10 = head.MinorVersion == 0;
        var fields = FramingFields.Find(head.Fields, buffer);
        var reason = CheckHost(head, buffer, fields.Host);
        if (reason != RejectReason.None)
        {
            return reason;
        }

        reason = Delimit(buffer, fields, isHttp10, out var body, out var length);
        if (reason != RejectReason.None)
        {
            return reason;
        }

        if ((fields.Expectations & Expectations.Other) != 0)
        {
            return RejectReason.UnsupportedExpectation;
        }

        // RFC 9110 §9.3.6: after a CONNECT comes tunnel data. Tunnels are not supported, so nothing after it is read as a request.
        var isConnect = head.Form == TargetForm.Authority;
        body = isConnect ? BodyKind.None : body;
        length = isConnect ? 0 : length;

        // RFC 9112 §9.3.
        var options = fields.ConnectionOptions;
        var persists = (options & ConnectionOptions.Close) == 0 && (!isHttp10 || (options & ConnectionOptions.KeepAlive) != 0);
        // RFC 9110 §7.8: Upgrade is ignored in HTTP/1.0 requests, and without its connection option.
        var upgrades = !isHttp10 && fields.HasUpgrade && (options & ConnectionOptions.Upgrade) != 0;
        framing = new MessageFraming(
            body,
            length,
            Persistent: persists && !isConnect,
            // RFC 9110 §10.1.1: ignored in HTTP/1.0 requests and in requests without content.
            ExpectContinue: (fields.Expectations & Expectations.Continue) != 0 && !isHttp10 && body != BodyKind.None,
            Host: head.Form is TargetForm.Origin or TargetForm.Asterisk ? fields.Host.Value : head.Authority,
            UpgradeRequested: upgrades,
            // RFC 9112 §9.6: a peer that sends the close option MUST NOT send further requests.
            IsLast: !persists && !isConnect && !upgrades && body == BodyKind.None);
        return RejectReason.None;
    }

    /// <summary>RFC 9112 §3.2 and RFC 9110 §7.2. HTTP/1.0 requests may lack a Host; if they have one, the same rules apply.</summary>
    private static RejectReason CheckHost(RequestHead head, ReadOnlySpan<byte> buffer, Occurrences lines)
    {
        if (lines.Count == 0)
        {
            return head.MinorVersion == 0 ? RejectReason.None : RejectReason.MissingHost;
        }

        if (lines.Count > 1)
        {
            return RejectReason.DuplicateHost;
        }

        // RFC 9112 §3.2: Host is empty if the target URI has no authority, but an http URI, the origin form's, always has one.
        var host = lines.Value.Of(buffer);
        var isValid = host.IsEmpty ? head.Form != TargetForm.Origin : Authority.IsHostWithOptionalPort(host);
        return isValid ? RejectReason.None : RejectReason.InvalidHost;
    }

    /// <summary>RFC 9112 §6.3 for requests.</summary>
    private static RejectReason Delimit(
        ReadOnlySpan<byte> buffer, in FramingFields fields, bool isHttp10, out BodyKind body, out long length)
    {
        body = BodyKind.None;
        length = 0;
        if (fields.TransferEncoding.Count > 0)
        {
            // Rule 3 and §6.1: both fields at once, or a coding in HTTP/1.0, are signs of request smuggling.
            if (fields.ContentLength.Count > 0 || isHttp10)
            {
                return RejectReason.AmbiguousFraming;
            }

            // Rule 4.
            body = BodyKind.Chunked;
            return fields.TransferEncoding.Count > 1
                ? RejectReason.InvalidTransferEncoding
                : FramingValues.CheckTransferEncoding(fields.TransferEncoding.Value.Of(buffer));
        }

        // Rule 7: without either field there is no content.
        if (fields.ContentLength.Count == 0)
        {
            return RejectReason.None;
        }

        // Rule 5 would permit several equal values, but intermediaries could disagree on which one they forward.
        if (fields.ContentLength.Count > 1 || !FramingValues.TryReadContentLength(fields.ContentLength.Value.Of(buffer), out length))
        {
            return RejectReason.InvalidContentLength;
        }

        // Rule 6.
        body = length == 0 ? BodyKind.None : BodyKind.ContentLength;
        return RejectReason.None;
    }

    /// <summary>How many lines a field has, and the value of the last one.</summary>
    private record struct Occurrences(int Count, Slice Value)
    {
        internal void Add(Slice value) => this = new(Count + 1, value);
    }

    /// <summary>The fields that decide the framing, found in one pass over the header section.</summary>
    private struct FramingFields
    {
        internal Occurrences Host;
        internal Occurrences ContentLength;
        internal Occurrences TransferEncoding;
        internal ConnectionOptions ConnectionOptions;
        internal Expectations Expectations;
        internal bool HasUpgrade;

        internal static FramingFields Find(ReadOnlySpan<FieldLine> lines, ReadOnlySpan<byte> buffer)
        {
            var found = default(FramingFields);
            foreach (ref readonly var line in lines)
            {
                // The length rules out most other names, so that most lines cost a comparison of integers.
                var name = line.Name.Of(buffer);
                switch (name.Length)
                {
                    case 4 when Ascii.EqualsIgnoreCase(name, "Host"u8):
                        found.Host.Add(line.Value);
                        break;
                    case 6 when Ascii.EqualsIgnoreCase(name, "Expect"u8):
                        found.Expectations |= FramingValues.ReadExpectations(line.Value.Of(buffer));
                        break;
                    case 7 when Ascii.EqualsIgnoreCase(name, "Upgrade"u8):
                        found.HasUpgrade = true;
                        break;
                    case 10 when Ascii.EqualsIgnoreCase(name, "Connection"u8):
                        found.ConnectionOptions |= FramingValues.ReadConnectionOptions(line.Value.Of(buffer));
                        break;
                    case 14 when Ascii.EqualsIgnoreCase(name, "Content-Length"u8):
                        found.ContentLength.Add(line.Value);
                        break;
                    case 17 when Ascii.EqualsIgnoreCase(name, "Transfer-Encoding"u8):
                        found.TransferEncoding.Add(line.Value);
                        break;
                }
            }

            return found;
        }
    }
}
