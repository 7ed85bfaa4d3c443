// Owns: a strict parser for all responses on one connection, RFC 9112 §4–§7 and RFC 9110 §6.4, §6.6.1 and §8.6. It shares no code with
// src/, and fails on anything that a careful client could misread.

using System.Globalization;
using System.Text.RegularExpressions;

namespace TinyHost.Tests.Support;

internal sealed partial class ResponseReader
{
    private readonly string _octets;
    private int _at;

    private ResponseReader(string octets) => _octets = octets;

    /// <summary>
    /// Reads all responses. <paramref name="requests"/> are the requests in order, each as its method and whether it was HTTP/1.0;
    /// <paramref name="refused"/> is the request that one more response may belong to.
    /// Throws <see cref="FormatException"/> for anything that is not a sequence of well-framed responses.
    /// </summary>
    internal static IReadOnlyList<WireResponse> Read(
        string octets, IEnumerable<(string Method, bool IsHttp10)> requests, (string Method, bool IsHttp10)? refused = null)
    {
        var reader = new ResponseReader(octets);
        var pending = new Queue<(string Method, bool IsHttp10)>(requests);
        if (refused is { } last)
        {
            pending.Enqueue(last);
        }

        var responses = new List<WireResponse>();
        while (reader._at < octets.Length)
        {
            Require(pending.Count > 0, "a response that no request asked for", reader);
            Require(responses.LastOrDefault() is not { IsInterim: false, Closes: true }, "octets behind the last response", reader);
            var response = reader.ReadResponse(pending.Peek().Method, pending.Peek().IsHttp10);
            responses.Add(response);
            if (!response.IsInterim)
            {
                pending.Dequeue();
            }
        }

        return responses;
    }

    private WireResponse ReadResponse(string method, bool isHttp10)
    {
        if (!TryReadLine(out var line))
        {
            return new WireResponse(0, []) { End = ResponseEnd.CutOff };
        }

        var status = StatusLine().Match(line);
        Require(status.Success, $"not a status line: '{line}'", this);
        var code = int.Parse(status.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        var fields = new List<(string Name, string Value)>();
        if (!TryReadSection(fields))
        {
            return new WireResponse(code, fields) { End = ResponseEnd.CutOff };
        }

        return ReadContent(new WireResponse(code, fields), method, isHttp10);
    }

    private WireResponse ReadContent(WireResponse head, string method, bool isHttp10)
    {
        var lengths = head.Values("Content-Length");
        var codings = head.Values("Transfer-Encoding");
        Require(lengths.Count <= 1 && lengths.All(length => Digits().IsMatch(length)), "a bad Content-Length", this);
        Require(codings.Count <= 1 && codings.All(coding => coding == "chunked"), "a bad Transfer-Encoding", this);
        Require(lengths.Count + codings.Count <= 1, "Content-Length beside Transfer-Encoding (RFC 9112 §6.2)", this);
        Require(!(isHttp10 && codings.Count > 0), "Transfer-Encoding to HTTP/1.0 (RFC 9112 §6.1)", this);
        if (head.IsInterim)
        {
            Require(!isHttp10, "an interim response to HTTP/1.0 (RFC 9110 §15.2)", this);
            Require(lengths.Count + codings.Count == 0, "framing fields in an interim response (RFC 9110 §8.6)", this);
            return head;
        }

        var hasDate = head.Values("Date") is [var date]
            && DateTime.TryParseExact(date, "r", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
        Require(hasDate, "not one Date in IMF-fixdate (RFC 9110 §6.6.1)", this);
        if (head.Status == 204)
        {
            Require(lengths.Count + codings.Count == 0, "framing fields in a 204 (RFC 9110 §8.6)", this);
        }

        if (head.Status is 204 or 304 || method == "HEAD")
        {
            return head;
        }

        if (method == "CONNECT" && head.Status < 300)
        {
            Require(lengths.Count + codings.Count == 0 || head.Status == 205, "framing fields in a 2xx to CONNECT (RFC 9110 §8.6)", this);
            return head;
        }

        if (codings.Count == 1)
        {
            return ReadChunks(head);
        }

        if (lengths.Count == 0)
        {
            Require(head.Closes, "content without a length on a connection that stays", this);
            return head with { Content = Take(int.MaxValue), End = ResponseEnd.WithConnection };
        }

        var length = int.Parse(lengths[0], CultureInfo.InvariantCulture);
        var content = Take(length);
        return head with { Content = content, End = content.Length < length ? ResponseEnd.CutOff : ResponseEnd.Framed };
    }

    private WireResponse ReadChunks(WireResponse head)
    {
        var content = "";
        for (; ; )
        {
            if (!TryReadLine(out var line))
            {
                return head with { Content = content, End = ResponseEnd.CutOff };
            }

            Require(ChunkSize().IsMatch(line), $"not a chunk size: '{line}'", this);
            var size = int.Parse(line, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (size == 0)
            {
                var trailers = new List<(string Name, string Value)>();
                var isWhole = TryReadSection(trailers);
                return head with { Content = content, Trailers = trailers, End = isWhole ? ResponseEnd.Framed : ResponseEnd.CutOff };
            }

            var chunk = Take(size);
            content += chunk;
            if (chunk.Length < size || !TryReadLine(out var end))
            {
                return head with { Content = content, End = ResponseEnd.CutOff };
            }

            Require(end == "", "a chunk that does not end where its size says", this);
        }
    }

    private bool TryReadSection(List<(string Name, string Value)> fields)
    {
        while (TryReadLine(out var line))
        {
            if (line == "")
            {
                return true;
            }

            var field = FieldLine().Match(line);
            Require(field.Success, $"not a field line: '{line}'", this);
            fields.Add((field.Groups[1].Value, field.Groups[2].Value));
        }

        return false;
    }

    /// <summary>Reads a line without its CRLF, its only CR and LF. False if the octets end inside the line.</summary>
    private bool TryReadLine(out string line)
    {
        var end = _octets.IndexOf("\r\n", _at, StringComparison.Ordinal);
        line = end < 0 ? _octets[_at..] : _octets[_at..end];
        var hasBare = line.TrimEnd('\r').Contains('\r', StringComparison.Ordinal) || line.Contains('\n', StringComparison.Ordinal);
        Require(!hasBare, "a bare CR or LF", this);
        _at = end < 0 ? _octets.Length : end + 2;
        return end >= 0;
    }

    private string Take(int count)
    {
        var taken = _octets.Substring(_at, Math.Min(count, _octets.Length - _at));
        _at += taken.Length;
        return taken;
    }

    private static void Require(bool condition, string otherwise, ResponseReader reader)
    {
        if (!condition)
        {
            var octets = reader._octets;
            var start = Math.Max(0, reader._at - 200);
            var around = octets[start..Math.Min(octets.Length, reader._at + 200)];
            throw new FormatException($"Sent at offset {reader._at}: {otherwise}. Around it: {around}");
        }
    }

    // RFC 9112 §4: single spaces, three digits, and a phrase that may be empty.
    [GeneratedRegex("""\AHTTP/1\.1 ([1-5][0-9][0-9]) [\t\x20-\x7E\x80-\xFF]*\z""")]
    private static partial Regex StatusLine();

    // RFC 9110 §5: a token, and a value without control octets or surrounding white space.
    [GeneratedRegex("""\A([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?((?:[\x21-\x7E\x80-\xFF](?:[\t\x20-\x7E\x80-\xFF]*[\x21-\x7E\x80-\xFF])?)?)\z""")]
    private static partial Regex FieldLine();

    [GeneratedRegex("""\A[0-9]{1,9}\z""")]
    private static partial Regex Digits();

    [GeneratedRegex("""\A[0-9A-Fa-f]{1,7}\z""")]
    private static partial Regex ChunkSize();
}
