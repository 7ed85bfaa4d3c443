// Owns: running the corpus against a server on a socket.

using TinyHost.Tests.Support;

namespace TinyHost.Tests.Conformance;

public sealed class CorpusOverSocketTests
{
    public static TheoryData<string> Topics => Corpus.TopicNames;

    [Theory]
    [MemberData(nameof(Topics))]
    public Task Cases_of_a_topic_have_their_outcome_on_a_socket(string topic) =>
        ForEachCaseAsync(topic, LiveCase.WithCanary, finishSending: false);

    [Theory]
    [MemberData(nameof(Topics))]
    public Task Cases_of_a_topic_have_their_outcome_when_the_peer_half_closes_after_them(string topic) =>
        ForEachCaseAsync(topic, LiveCase.Alone, finishSending: true);

    private static async Task ForEachCaseAsync(string topic, Func<CorpusCase, LiveCase> makeLive, bool finishSending)
    {
        var failures = new List<string>();
        var echo = new Echo();
        using var log = new RecordingLogger();
        await using var server = await TestServer.StartAsync(context => echo.HandleAsync(context), options => options.LoggerFactory = log);
        foreach (var corpusCase in Corpus.Topics[topic])
        {
            var live = makeLive(corpusCase);
            echo = new Echo();
            try
            {
                using var client = await server.ConnectAsync();
                await client.SendAsync(live.Text);
                if (finishSending)
                {
                    client.FinishSending();
                }

                live.Check(await client.ReadToEndAsync(), echo);
            }
            catch (Exception e)
            {
                failures.Add($"{corpusCase.Name}: {e.Message}");
            }
        }

        // Every connection has ended, so a stop has nothing to abort.
        await server.StopAsync().WaitAsync(TestTimeout.Long);
        Assert.True(failures.Count == 0, $"{failures.Count} cases fail.\n{string.Join("\n\n", failures)}");
        Assert.Equal(0, log.Errors);
    }
}
