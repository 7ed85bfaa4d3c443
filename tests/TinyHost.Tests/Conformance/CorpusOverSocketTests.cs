// Owns: running the corpus against a server on a socket, with and without TLS.

using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests.Conformance;

public sealed class CorpusOverSocketTests
{
    public static TheoryData<string> Topics => Corpus.TopicNames;

    [Theory]
    [MemberData(nameof(Topics))]
    public Task Cases_of_a_topic_have_their_outcome_on_a_socket(string topic) =>
        ForEachCaseAsync(
            TestServer.StartAsync, topic, LiveCase.WithCanary, (server, text) => ExchangeAsync(server, text, finishSending: false));

    [Theory]
    [MemberData(nameof(Topics))]
    public Task Cases_of_a_topic_have_their_outcome_when_the_peer_half_closes_after_them(string topic) =>
        ForEachCaseAsync(
            TestServer.StartAsync, topic, LiveCase.Alone, (server, text) => ExchangeAsync(server, text, finishSending: true));

    [Theory]
    [MemberData(nameof(Topics))]
    public Task Cases_of_a_topic_have_their_outcome_over_TLS(string topic) => ForEachCaseAsync(
        (app, configure) => TlsServer.StartAsync(app: app, server: configure),
        topic,
        LiveCase.WithCanary,
        async (server, text) =>
        {
            await using var client = await server.ConnectTlsAsync();
            await client.WriteAsync(Encoding.Latin1.GetBytes(text));
            using var reader = new StreamReader(client, Encoding.Latin1, leaveOpen: true);
            return await reader.ReadToEndAsync().WaitAsync(TestTimeout.Long);
        },
        // Such a target is served here.
        except: RejectReason.MisdirectedRequest);

    private static async Task<string> ExchangeAsync(HttpServer server, string text, bool finishSending)
    {
        using var client = await server.ConnectAsync();
        await client.SendAsync(text);
        if (finishSending)
        {
            client.FinishSending();
        }

        return await client.ReadToEndAsync();
    }

    private static async Task ForEachCaseAsync(
        Func<Func<RequestContext, Task>, Action<ServerOptions>, Task<HttpServer>> startAsync,
        string topic,
        Func<CorpusCase, LiveCase> makeLive,
        Func<HttpServer, string, Task<string>> exchangeAsync,
        RejectReason except = RejectReason.None)
    {
        var failures = new List<string>();
        var echo = new Echo();
        using var log = new RecordingLogger();
        await using var server = await startAsync(context => echo.HandleAsync(context), options => options.LoggerFactory = log);
        foreach (var corpusCase in Corpus.Topics[topic].Where(one => one.Rejected == RejectReason.None || one.Rejected != except))
        {
            var live = makeLive(corpusCase);
            echo = new Echo();
            try
            {
                live.Check(await exchangeAsync(server, live.Text), echo);
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
