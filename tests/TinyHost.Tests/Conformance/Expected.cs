// Owns: what a server with an Echo must send for the octets of one connection, by the reference reading, and holding it to that.
// Does not own: any transport, or the reason for a refusal (CorpusCase).

using System.Globalization;
using System.Text;
using TinyHost.Tests.Support;
using TinyHost.Tests.Syntax;

namespace TinyHost.Tests.Conformance;

internal sealed class Expected
{
    private readonly Transcript _transcript;
    private readonly (string Method, bool IsHttp10)? _refused;

    private Expected(string octets, Transcript transcript)
    {
        _transcript = transcript;
        Texts = [.. transcript.Requests.Select(EchoText.Of)];
        // An empty line before the end of the stream is no request.
        var last = octets[transcript.LastStart..];
        if (transcript.End == TranscriptEnd.Rejected || (transcript.End == TranscriptEnd.Incomplete && last != "\r\n"))
        {
            var isHead = last.StartsWith("HEAD ", StringComparison.Ordinal) || last.StartsWith("\r\nHEAD ", StringComparison.Ordinal);
            _refused = (isHead ? "HEAD" : "GET", false);
        }
    }

    /// <summary>The requests that are answered by the handler.</summary>
    internal IReadOnlyList<TranscriptRequest> Requests => _transcript.Requests;

    internal TranscriptEnd End => _transcript.End;

    /// <summary>The handler's answers to them.</summary>
    internal IReadOnlyList<string> Texts { get; }

    internal static Expected Of(string octets) => new(octets, ReferenceReader.Read(Encoding.Latin1.GetBytes(octets), ReferenceLimits.Default));

    /// <summary>
    /// Fails unless exactly these requests reached the handler and exactly these responses were sent, each well framed, and behind them, where one
    /// is due, the refusal: returned, or null.
    /// </summary>
    internal WireResponse? Judge(string sent, Echo echo)
    {
        Assert.Equal(Texts, echo.Answers);
        // The one behind may have reached the handler and been refused while it read the content.
        Assert.InRange(echo.Requests.Count, Requests.Count, Requests.Count + (_refused is null ? 0 : 1));

        var responses = ResponseReader.Read(sent, Requests.Select(request => (request.Method, request.MinorVersion == 0)), _refused);
        var finals = responses.Where(response => !response.IsInterim).ToList();
        Assert.Equal(Requests.Count + (_refused is null ? 0 : 1), finals.Count);
        for (var i = 0; i < Requests.Count; i++)
        {
            JudgeAnswer(finals[i], Requests[i], Texts[i]);
        }

        JudgeInterim(responses);
        if (_refused is null)
        {
            return null;
        }

        var refusal = finals[^1];
        Assert.InRange(refusal.Status, 400, 599);
        Assert.True(refusal.Closes, "A refusal does not say that it is the last response.");
        Assert.Equal(ResponseEnd.Framed, refusal.End);
        return refusal;
    }

    private static void JudgeAnswer(WireResponse response, TranscriptRequest request, string text)
    {
        Assert.Equal(request.Method == "CONNECT" ? 501 : 200, response.Status);
        Assert.Equal(ResponseEnd.Framed, response.End);
        Assert.Equal(!request.Persistent, response.Closes);
        Assert.Equal(request.MinorVersion == 0 && request.Persistent ? ["keep-alive"] : request.Persistent ? [] : ["close"], response.Values("Connection"));
        // More than the response buffer holds goes out before its length is known.
        var length = text.Length <= 65_536 ? [text.Length.ToString(CultureInfo.InvariantCulture)] : Array.Empty<string>();
        Assert.Equal(length, response.Values("Content-Length"));
        Assert.Equal(request.Method == "HEAD" ? "" : text, response.Content);
    }

    /// <summary>RFC 9110 §10.1.1: 100 (Continue), at most once for each request that expects it, and for no other.</summary>
    private void JudgeInterim(IReadOnlyList<WireResponse> responses)
    {
        var final = 0;
        for (var i = 0; i < responses.Count; i++)
        {
            if (!responses[i].IsInterim)
            {
                final++;
                continue;
            }

            Assert.Equal(100, responses[i].Status);
            Assert.False(i > 0 && responses[i - 1].IsInterim, "100 (Continue) was sent twice.");
            Assert.True(final >= Requests.Count || Requests[final].ExpectContinue, "100 (Continue) was sent unasked.");
        }
    }
}
