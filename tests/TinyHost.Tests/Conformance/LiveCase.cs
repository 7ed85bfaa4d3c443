// Owns: one case of the corpus as a whole connection, followed by a request that shows whether the server continued reading, and checking
// the server's output.

using TinyHost.Tests.Support;
using TinyHost.Tests.Syntax;

namespace TinyHost.Tests.Conformance;

internal sealed class LiveCase
{
    /// <summary>Served after a valid persistent case, and then closes the connection; in all other cases no handler may see it.</summary>
    private const string Canary = "GET /canary HTTP/1.1\r\nHost: canary\r\nConnection: close\r\n\r\n";

    private readonly CorpusCase _case;
    private readonly Expected _expected;
    private readonly bool _hasCanary;

    private LiveCase(CorpusCase corpusCase, bool hasCanary)
    {
        _case = corpusCase;
        _hasCanary = hasCanary;
        Text = corpusCase.Text + (hasCanary ? Canary : "");
        _expected = Expected.Of(Text);
    }

    internal string Text { get; }

    internal static LiveCase WithCanary(CorpusCase corpusCase) => new(corpusCase, hasCanary: true);

    internal static LiveCase Alone(CorpusCase corpusCase) => new(corpusCase, hasCanary: false);

    internal void Check(string sent, Echo echo)
    {
        // The corpus and the reference reader must agree.
        var servesCanary = _hasCanary && _case.Rejected == RejectReason.None && _case.Requests[^1].Persistent;
        Assert.Equal(
            _case.Requests.Select(request => request.Target),
            _expected.Requests.SkipLast(servesCanary ? 1 : 0).Select(request => request.Target));
        Assert.Equal(servesCanary ? 1 : 0, echo.Requests.Count(request => request.Target == "/canary"));
        var end = _case.Rejected != RejectReason.None ? TranscriptEnd.Rejected : _hasCanary ? TranscriptEnd.Closed : _expected.End;
        Assert.Equal(end, _expected.End);

        var refusal = _expected.Check(sent, echo);
        Assert.Equal(_case.RejectedStatusCode, refusal?.Status);
        if (refusal is { Content: not "" })
        {
            var reason = _case.Rejected.Name().Replace('_', ' ');
            reason += _case.Rejected == RejectReason.BodyTooLarge
                ? ": the limit is 30000000 bytes (TinyHost:Limits:MaxRequestBodySize)"
                : "";
            Assert.EndsWith($": {reason}\n", refusal.Content, StringComparison.Ordinal);
        }
    }
}
