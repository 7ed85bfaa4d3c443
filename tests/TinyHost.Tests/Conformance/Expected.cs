// Owns: what a server with an Echo must send for the octets of one connection, according to the reference reader, and checking it.

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
        // An empty line before the end of the stream is not a request.
        var last = octets[transcript.LastStart..];
        if (transcript.End == TranscriptEnd.Rejected || (transcript.End == TranscriptEnd.Incomplete && last != "\r\n"))
        {
            var isHead = last.StartsWith("HEAD ", StringComparison.Ordinal) || last.StartsWith("\r\nHEAD ", StringComparison.Ordinal);
            _refused = (isHead ? "HEAD" : "GET", false);
        }
    }

    /// <summary>The requests that the handler answers.</summary>
    internal IReadOnlyList<TranscriptRequest> Requests => _transcript.Requests;

    internal TranscriptEnd End => _transcript.End;

    /// <summary>The handler's answers to the requests.</summary>
    internal IReadOnlyList<string> Texts { get; }

    internal static Expected Of(string octets) =>
        new(octets, ReferenceReader.Read(Encoding.Latin1.GetBytes(octets), ReferenceLimits.Default));

    /// <summary>
    /// Checks that exactly these requests reached the handler, and that exactly these responses were sent, each well framed, with a refusal
    /// after them if one is expected. Returns the refusal, or null.
    /// </summary>
    internal WireResponse? Check(string sent, Echo echo)
    {
        Assert.Equal(Texts, echo.Answers);
        // The refused request may have reached the handler and been refused while the handler read its content.
        Assert.InRange(echo.Requests.Count, Requests.Count, Requests.Count + (_refused is null ? 0 : 1));

        var responses = ResponseReader.Read(sent, Requests.Select(request => (request.Method, request.MinorVersion == 0)), _refused);
        var finals = responses.Where(response => !response.IsInterim).ToList();
        Assert.Equal(Requests.Count + (_refused is null ? 0 : 1), finals.Count);
        for (var i = 0; i < Requests.Count; i++)
        {
            CheckAnswer(finals[i], Requests[i], Texts[i]);
        }

        CheckInterim(responses);
        if (_refused is null)
        {
            return null;
        }

        var refusal = finals[^1];
        Assert.InRange(refusal.Status, 400, 599);
        Assert.True(refusal.Closes, "A refusal does not announce that it is the last response.");
        Assert.Equal(ResponseEnd.Framed, refusal.End);
        return refusal;
    }

    private static void CheckAnswer(WireResponse response, TranscriptRequest request, string text)
    {
        Assert.Equal(request.Method == "CONNECT" ? 501 : 200, response.Status);
        Assert.Equal(ResponseEnd.Framed, response.End);
        Assert.Equal(!request.Persistent, response.Closes);
        string[] options = !request.Persistent ? ["close"] : request.MinorVersion == 0 ? ["keep-alive"] : [];
        Assert.Equal(options, response.Values("Connection"));
        // Content larger than the response buffer is sent before its length is known.
        var length = text.Length <= 65_536 ? [text.Length.ToString(CultureInfo.InvariantCulture)] : Array.Empty<string>();
        Assert.Equal(length, response.Values("Content-Length"));
        Assert.Equal(request.Method == "HEAD" ? "" : text, response.Content);
    }

    /// <summary>RFC 9110 §10.1.1: 100 (Continue), at most once for each request that expects it, and for no other.</summary>
    private void CheckInterim(IReadOnlyList<WireResponse> responses)
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
