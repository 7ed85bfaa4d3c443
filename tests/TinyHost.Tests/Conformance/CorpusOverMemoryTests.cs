// Owns: running the corpus against a connection in memory: whole, octet by octet, and cut at random.

using System.Text;
using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests.Conformance;

public sealed class CorpusOverMemoryTests
{
    public static TheoryData<string> Topics => Corpus.TopicNames;

    [Theory]
    [MemberData(nameof(Topics))]
    public Task Cases_of_a_topic_received_whole_have_their_outcome(string topic) =>
        ForEachCaseAsync(topic, (octets, _) => [octets]);

    [Theory]
    [MemberData(nameof(Topics))]
    public Task Cases_of_a_topic_received_octet_by_octet_have_their_outcome(string topic) =>
        ForEachCaseAsync(topic, (octets, _) => octets.Chunk(1));

    [Theory]
    [MemberData(nameof(Topics))]
    public Task Cases_of_a_topic_received_in_pieces_of_any_size_have_their_outcome(string topic) =>
        ForEachCaseAsync(topic, Pieces.CutAtRandom);

    private static async Task ForEachCaseAsync(string topic, Func<byte[], Random, IEnumerable<byte[]>> cut)
    {
        var failures = new List<string>();
        var random = new Random(9_112);
        foreach (var corpusCase in Corpus.Topics[topic])
        {
            try
            {
                await RunAsync(corpusCase, octets => cut(octets, random));
            }
            catch (Exception e)
            {
                failures.Add($"{corpusCase.Name}: {e.Message}");
            }
        }

        Assert.True(failures.Count == 0, $"{failures.Count} cases fail.\n{string.Join("\n\n", failures)}");
    }

    private static async Task RunAsync(CorpusCase corpusCase, Func<byte[], IEnumerable<byte[]>> cut)
    {
        var live = LiveCase.WithCanary(corpusCase);
        var echo = new Echo();
        var transport = new MemoryTransport();
        foreach (var piece in cut(Encoding.Latin1.GetBytes(live.Text)))
        {
            transport.Arrive(piece);
        }

        using var server = new MemoryServer(echo.HandleAsync, transport);
        // The server ends the connection by itself, before the peer finishes sending.
        await transport.SentAsync(_ => transport.SendIsShut || transport.IsDisposed);
        transport.FinishSending();
        live.Check(await server.EndAsync(), echo);

        Assert.False(transport.IsAborted);
        Assert.Equal(0, server.Log.Errors);
        var refusals = server.Log.Entries.Where(entry => entry.Message.Contains("was refused", StringComparison.Ordinal)).ToList();
        Assert.Equal(corpusCase.Rejected == RejectReason.None ? 0 : 1, refusals.Count);
        Assert.All(refusals, refusal => Assert.EndsWith($" {corpusCase.Rejected.Name()}.", refusal.Message, StringComparison.Ordinal));
    }
}
