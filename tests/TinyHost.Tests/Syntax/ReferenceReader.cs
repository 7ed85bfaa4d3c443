// Owns: a second request parser, simple and slow, to test the first one. It shares no code with src/. ReferenceGrammar has the grammar of
// targets and hosts.

using System.Globalization;
using System.Text;

namespace TinyHost.Tests.Syntax;

/// <summary>The limits of a reference reader, which repeat the server's defaults.</summary>
internal sealed record ReferenceLimits(
    int RequestLine,
    int Method,
    int HeaderSection,
    int FieldLines,
    int TrailerSection,
    int ChunkLine,
    decimal Body,
    bool StrictTargets = false)
{
    internal static readonly ReferenceLimits Default = new(8_192, 32, 32_768, 100, 8_192, 256, 30_000_000);

    internal static readonly ReferenceLimits Strict = Default with { StrictTargets = true };
}

internal sealed class ReferenceReader
{
    private const string Digits = "0123456789";
    private const string HexDigits = "0123456789ABCDEFabcdef";
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const string TokenChars = "!#$%&'*+-.^_`|~" + Digits + Letters;
    private const string StrictTargetChars = "-._~!$&'()*+,;=:@/?%[]" + Digits + Letters;
    private const string TargetChars = StrictTargetChars + "\"<>\\^`{|}";

    private readonly string _text;
    private readonly ReferenceLimits _limits;
    private int _at;

    private ReferenceReader(string text, ReferenceLimits limits)
    {
        _text = text;
        _limits = limits;
    }

    internal static Transcript Read(ReadOnlySpan<byte> octets, ReferenceLimits limits)
    {
        var reader = new ReferenceReader(Encoding.Latin1.GetString(octets), limits);
        var transcript = new Transcript();
        try
        {
            while (true)
            {
                if (reader._at == reader._text.Length)
                {
                    transcript.End = TranscriptEnd.Between;
                    return transcript;
                }

                transcript.LastStart = reader._at;
                var request = reader.ReadRequest();
                transcript.Requests.Add(request);
                if (!request.Persistent)
                {
                    transcript.End = TranscriptEnd.Closed;
                    return transcript;
                }
            }
        }
        catch (EndOfOctetsException)
        {
            transcript.End = TranscriptEnd.Incomplete;
            return transcript;
        }
        catch (MalformedException)
        {
            transcript.End = TranscriptEnd.Rejected;
            return transcript;
        }
    }

    private TranscriptRequest ReadRequest()
    {
        if (Peek() == '\r')
        {
            Skip("\r\n");
        }

        var lineStart = _at;
        var method = "";
        while (TokenChars.Contains(Peek()))
        {
            method += Take();
            Require(method.Length <= _limits.Method && _at - lineStart <= _limits.RequestLine);
        }

        Require(method != "");
        Skip(" ");
        Require(_at - lineStart <= _limits.RequestLine);

        var targetText = new StringBuilder();
        while ((_limits.StrictTargets ? StrictTargetChars : TargetChars).Contains(Peek()))
        {
            targetText.Append(Take());
            Require(_at - lineStart <= _limits.RequestLine);
        }

        var target = targetText.ToString();
        Require(target != "");
        Skip(" ");
        var parts = ReferenceGrammar.ReadTarget(method, target, _limits.StrictTargets);
        var (form, authority, path, query) = parts ?? throw new MalformedException();
        Require(_at - lineStart <= _limits.RequestLine);

        foreach (var c in "HTTP/")
        {
            Skip(c.ToString());
            Require(_at - lineStart <= _limits.RequestLine);
        }

        Require(Digits.Contains(Peek()));
        var major = Take();
        Require(_at - lineStart <= _limits.RequestLine);
        Skip(".");
        Require(_at - lineStart <= _limits.RequestLine);
        Require(Digits.Contains(Peek()));
        var minor = Take();
        Require(_at - lineStart <= _limits.RequestLine);
        Skip("\r");
        Require(major == '1');
        Skip("\n");
        var isHttp10 = minor == '0';

        var fields = ReadSection(_limits.HeaderSection);
        string[] Values(string name) => [.. fields.Where(f => Same(f.Name, name)).Select(f => f.Value)];
        string[] Elements(string name) =>
            [.. Values(name).SelectMany(v => v.Split(',')).Select(e => e.Trim(' ', '\t')).Where(e => e != "")];

        // Host: RFC 9112 §3.2
        var hosts = Values("Host");
        Require(hosts.Length == 1 || (hosts.Length == 0 && isHttp10));
        if (hosts.Length == 1)
        {
            Require(hosts[0] == "" ? form != "Origin" : ReferenceGrammar.IsHost(hosts[0]));
        }

        // framing: RFC 9112 §6.3
        var lengths = Values("Content-Length");
        var codings = Values("Transfer-Encoding");
        decimal length = 0;
        if (codings.Length > 0)
        {
            Require(lengths.Length == 0 && !isHttp10 && codings.Length == 1 && Same(codings[0], "chunked"));
        }
        else if (lengths.Length > 0)
        {
            var digits = lengths[0];
            Require(lengths.Length == 1 && digits != "" && digits.All(c => Digits.Contains(c)));
            digits = digits.TrimStart('0');
            Require(digits.Length <= 19);
            length = digits == "" ? 0 : decimal.Parse(digits, CultureInfo.InvariantCulture);
        }

        var expectations = Elements("Expect");
        Require(expectations.All(e => Same(e, "100-continue")));
        Require(length <= _limits.Body);

        var kind = form == "Authority" ? "None" : codings.Length > 0 ? "Chunked" : length > 0 ? "ContentLength" : "None";
        var body = new StringBuilder();
        var trailers = new List<(string Name, string Value)>();
        if (kind == "Chunked")
        {
            trailers = ReadChunks(body);
        }
        else if (kind == "ContentLength")
        {
            TakeMany(length, body);
        }

        var options = Elements("Connection");
        return new TranscriptRequest
        {
            Method = method,
            Target = target,
            Form = form,
            Authority = authority,
            Path = path,
            Query = query,
            MinorVersion = isHttp10 ? 0 : 1,
            Fields = [.. fields.Select(f => f.Name + ": " + f.Value)],
            Kind = kind,
            Body = body.ToString(),
            Trailers = [.. trailers.Where(t => !ReferenceGrammar.IsForbiddenTrailer(t.Name)).Select(t => t.Name + ": " + t.Value)],
            Host = form is "Absolute" or "Authority" ? authority : hosts.FirstOrDefault("") ?? "",
            Persistent = form != "Authority"
                && !options.Any(o => Same(o, "close"))
                && (!isHttp10 || options.Any(o => Same(o, "keep-alive"))),
            ExpectContinue = expectations.Length > 0 && !isHttp10 && kind != "None",
            UpgradeRequested = !isHttp10 && Values("Upgrade").Length > 0 && options.Any(o => Same(o, "upgrade")),
        };
    }

    /// <summary><c>*( field-line CRLF ) CRLF</c>. Only the last octet may reach the limit.</summary>
    private List<(string Name, string Value)> ReadSection(int limit)
    {
        var start = _at;
        var fields = new List<(string, string)>();
        while (Peek() != '\r')
        {
            Require(fields.Count < _limits.FieldLines);
            var name = new StringBuilder();
            while (TokenChars.Contains(Peek()))
            {
                name.Append(Take());
                Require(_at - start < limit);
            }

            Require(name.Length > 0);
            Skip(":");
            Require(_at - start < limit);

            var value = new StringBuilder();
            while (IsFieldValueChar(Peek()))
            {
                value.Append(Take());
                Require(_at - start < limit);
            }

            Skip("\r");
            Require(_at - start < limit);
            Skip("\n");
            Require(_at - start < limit);
            fields.Add((name.ToString(), value.ToString().Trim(' ', '\t')));
        }

        Skip("\r");
        Require(_at - start < limit);
        Skip("\n");
        return fields;
    }

    private List<(string Name, string Value)> ReadChunks(StringBuilder body)
    {
        var extensions = 0;
        while (true)
        {
            var lineStart = _at;
            var size = ReadChunkLine();
            extensions += Math.Max(0, _at - lineStart - 18);
            Require(extensions <= 16_384);
            if (size == 0)
            {
                return ReadSection(_limits.TrailerSection);
            }

            Require(body.Length + size <= _limits.Body);
            TakeMany(size, body);
            Skip("\r\n");
        }
    }

    /// <summary><c>chunk-size *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] ) CRLF</c>.</summary>
    private decimal ReadChunkLine()
    {
        var start = _at;
        char TakeCounted()
        {
            var taken = Take();
            Require(_at - start <= _limits.ChunkLine);
            return taken;
        }

        bool SkipBws()
        {
            var any = false;
            while (Peek() is ' ' or '\t')
            {
                TakeCounted();
                any = true;
            }

            return any;
        }

        decimal size = 0;
        Require(HexDigits.Contains(Peek()));
        while (HexDigits.Contains(Peek()))
        {
            size = (size * 16) + Convert.ToInt32(TakeCounted().ToString(), 16);
            Require(size <= long.MaxValue);
        }

        while (true)
        {
            var hasBws = SkipBws();
            if (!hasBws && Peek() == '\r')
            {
                Skip("\r\n");
                return size;
            }

            Require(Peek() == ';');
            TakeCounted();
            SkipBws();
            Require(TokenChars.Contains(Peek()));
            while (TokenChars.Contains(Peek()))
            {
                TakeCounted();
            }

            var beforeBws = _at;
            SkipBws();
            if (Peek() != '=')
            {
                // The white space belongs to the next extension, and is read again there.
                _at = beforeBws;
                continue;
            }

            TakeCounted();
            SkipBws();
            if (Peek() != '"')
            {
                Require(TokenChars.Contains(Peek()));
                while (TokenChars.Contains(Peek()))
                {
                    TakeCounted();
                }

                continue;
            }

            TakeCounted();
            while (Peek() != '"')
            {
                if (Peek() == '\\')
                {
                    TakeCounted();
                }

                Require(IsFieldValueChar(Peek()));
                TakeCounted();
            }

            TakeCounted();
        }
    }

    private static bool IsFieldValueChar(char c) => c is '\t' or (>= ' ' and <= '~') or (>= '\u0080' and <= '\u00FF');

    private static bool Same(string a, string b) => a.Equals(b, StringComparison.OrdinalIgnoreCase);

    private char Peek() => _at < _text.Length ? _text[_at] : throw new EndOfOctetsException();

    private char Take()
    {
        var c = Peek();
        _at++;
        return c;
    }

    private void TakeMany(decimal count, StringBuilder into)
    {
        for (decimal i = 0; i < count; i++)
        {
            into.Append(Take());
        }
    }

    private void Skip(string expected)
    {
        foreach (var c in expected)
        {
            Require(Peek() == c);
            _at++;
        }
    }

    private static void Require(bool condition)
    {
        if (!condition)
        {
            throw new MalformedException();
        }
    }

    private sealed class EndOfOctetsException : Exception;

    private sealed class MalformedException : Exception;
}
