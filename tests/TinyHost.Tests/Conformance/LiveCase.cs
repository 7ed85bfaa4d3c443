// Owns: one case of the corpus as a whole connection, with a request behind it that shows whether the server went on reading, and the judgement
// on what it made of it.
// Does not own: any transport.

using TinyHost.Tests.Support;
using TinyHost.Tests.Syntax;

namespace TinyHost.Tests.Conformance;

internal sealed class LiveCase
{
    /// <summary>Served after a valid persistent case, where it closes the connection; never seen by any handler after all others.</summary>
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

    internal void Judge(string sent, Echo echo)
    {
        // What the corpus says of itself, beside what the reference reading says.
        var servesCanary = _hasCanary && _case.Rejected == RejectReason.None && _case.Requests[^1].Persistent;
        Assert.Equal(_case.Requests.Select(request => request.Target), _expected.Requests.SkipLast(servesCanary ? 1 : 0).Select(request => request.Target));
        Assert.Equal(servesCanary ? 1 : 0, echo.Requests.Count(request => request.Target == "/canary"));
        Assert.Equal(_case.Rejected == RejectReason.None ? _hasCanary ? TranscriptEnd.Closed : _expected.End : TranscriptEnd.Rejected, _expected.End);

        var refusal = _expected.Judge(sent, echo);
        Assert.Equal(_case.RejectedStatusCode, refusal?.Status);
        if (refusal is { Content: not "" })
        {
            Assert.EndsWith(": " + _case.Rejected.Name().Replace('_', ' ') + "\n", refusal.Content, StringComparison.Ordinal);
        }
    }
}
