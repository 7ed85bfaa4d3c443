// Owns: reading a request line, RFC 9112 §3, and the one empty line that may stand before it, §2.2.
// Does not own: the grammar inside a target (RequestTarget).

namespace TinyHost;

/// <summary>What the next octet of a request line belongs to.</summary>
internal enum RequestLinePhase : byte
{
    Start,
    EmptyLineFeed,
    Method,
    Target,
    Version,
    LineFeed,
    Done,
}

internal static class RequestLine
{
    /// <summary>Goes on at <paramref name="position"/>, which ends behind the line's LF on <see cref="ParseStatus.Complete"/>.</summary>
    internal static ParseStatus Parse(
        ReadOnlySpan<byte> received, ref int position, ServerLimits limits, RequestHead head, out RejectReason reason)
    {
        reason = RejectReason.None;
        if (head.Phase <= RequestLinePhase.EmptyLineFeed)
        {
            reason = SkipEmptyLine(received, ref position, head);
            if (reason != RejectReason.None)
            {
                return ParseStatus.Rejected;
            }

            if (head.Phase <= RequestLinePhase.EmptyLineFeed)
            {
                return ParseStatus.Incomplete;
            }
        }

        if (head.Phase < RequestLinePhase.LineFeed)
        {
            // The line and its CR lie inside the window, or the line is too long.
            var window = received[..(int)Math.Min(received.Length, (long)head.LineStart + limits.MaxRequestLineSize + 1)];
            while (position < window.Length && head.Phase < RequestLinePhase.LineFeed)
            {
                reason = head.Phase switch
                {
                    RequestLinePhase.Method => ReadMethod(window, ref position, limits.MaxMethodSize, head),
                    RequestLinePhase.Target => ReadTarget(window, ref position, limits.StrictTargets, head),
                    _ => ReadVersion(window, ref position, head),
                };
                if (reason != RejectReason.None)
                {
                    return ParseStatus.Rejected;
                }
            }

            if (head.Phase < RequestLinePhase.LineFeed)
            {
                var full = window.Length == (long)head.LineStart + limits.MaxRequestLineSize + 1;
                reason = full ? RejectReason.RequestTargetTooLong : RejectReason.None;
                return full ? ParseStatus.Rejected : ParseStatus.Incomplete;
            }
        }

        if (position == received.Length)
        {
            return ParseStatus.Incomplete;
        }

        if (received[position] != Octets.LineFeed)
        {
            reason = RejectReason.InvalidLineEnd;
            return ParseStatus.Rejected;
        }

        position++;
        head.Phase = RequestLinePhase.Done;
        return ParseStatus.Complete;
    }

    /// <summary>RFC 9112 §2.2: at least one empty line before the request line is ignored. Here: one at the most.</summary>
    private static RejectReason SkipEmptyLine(ReadOnlySpan<byte> received, ref int position, RequestHead head)
    {
        if (position == received.Length)
        {
            return RejectReason.None;
        }

        if (head.Phase == RequestLinePhase.Start && received[position] == Octets.CarriageReturn)
        {
            head.Phase = RequestLinePhase.EmptyLineFeed;
            if (++position == received.Length)
            {
                return RejectReason.None;
            }
        }

        if (head.Phase == RequestLinePhase.EmptyLineFeed && received[position++] != Octets.LineFeed)
        {
            return RejectReason.InvalidLineEnd;
        }

        head.Phase = RequestLinePhase.Method;
        head.LineStart = head.ElementStart = position;
        return RejectReason.None;
    }

    private static RejectReason ReadMethod(ReadOnlySpan<byte> window, ref int position, int maxSize, RequestHead head)
    {
        var most = (int)Math.Min(window.Length, (long)head.ElementStart + maxSize + 1);
        var run = Octets.Token.IndexOfAnyExcept(window[position..most]);
        if (run < 0)
        {
            position = most;
            return most - head.ElementStart > maxSize ? RejectReason.MethodTooLong : RejectReason.None;
        }

        position += run;
        if (window[position] != Octets.Space || position == head.ElementStart)
        {
            return Misplaced(window[position], RejectReason.InvalidMethod);
        }

        head.Method = new Slice(head.ElementStart, position - head.ElementStart);
        Next(head, RequestLinePhase.Target, ref position);
        return RejectReason.None;
    }

    private static RejectReason ReadTarget(ReadOnlySpan<byte> window, ref int position, bool isStrict, RequestHead head)
    {
        var run = (isStrict ? Octets.StrictTarget : Octets.Target).IndexOfAnyExcept(window[position..]);
        if (run < 0)
        {
            position = window.Length;
            return RejectReason.None;
        }

        position += run;
        if (window[position] != Octets.Space || position == head.ElementStart)
        {
            return Misplaced(window[position], RejectReason.InvalidRequestTarget);
        }

        head.Target = new Slice(head.ElementStart, position - head.ElementStart);
        var reason = RequestTarget.Split(window, isStrict, head);
        if (reason != RejectReason.None)
        {
            return reason;
        }

        Next(head, RequestLinePhase.Version, ref position);
        return RejectReason.None;
    }

    /// <summary>RFC 9112 §2.3: <c>"HTTP/" DIGIT "." DIGIT</c>, case-sensitive, and the CR behind it.</summary>
    private static RejectReason ReadVersion(ReadOnlySpan<byte> window, ref int position, RequestHead head)
    {
        // What nearly all send, and all of it here: one comparison in place of nine.
        if (position == head.ElementStart && window[position..].StartsWith("HTTP/1.1\r"u8))
        {
            position += 9;
            head.Phase = RequestLinePhase.LineFeed;
            head.MinorVersion = 1;
            return RejectReason.None;
        }

        while (position < window.Length)
        {
            var index = position - head.ElementStart;
            var octet = window[position];
            var fits = index switch
            {
                5 or 7 => octet is >= (byte)'0' and <= (byte)'9',
                8 => octet == Octets.CarriageReturn,
                _ => octet == "HTTP/_."u8[index],
            };
            if (!fits)
            {
                return index is 0 or 8 || octet == Octets.LineFeed
                    ? Misplaced(octet, RejectReason.InvalidVersion)
                    : RejectReason.InvalidVersion;
            }

            position++;
            if (index == 8)
            {
                head.Phase = RequestLinePhase.LineFeed;
                head.MinorVersion = window[head.ElementStart + 7] == (byte)'0' ? (byte)0 : (byte)1;
                return window[head.ElementStart + 5] == (byte)'1' ? RejectReason.None : RejectReason.UnsupportedVersion;
            }
        }

        return RejectReason.None;
    }

    private static void Next(RequestHead head, RequestLinePhase phase, ref int position)
    {
        position++;
        head.Phase = phase;
        head.ElementStart = position;
    }

    /// <summary>White space or a line end where an element should go on or begin breaks the line's form; anything else, the element's.</summary>
    private static RejectReason Misplaced(byte octet, RejectReason element) => octet switch
    {
        Octets.LineFeed => RejectReason.InvalidLineEnd,
        Octets.Space or Octets.Tab or Octets.CarriageReturn => RejectReason.InvalidRequestLine,
        _ => element,
    };
}
