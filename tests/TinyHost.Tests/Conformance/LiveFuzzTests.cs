// Owns: fuzzing live connections with mutated cases of the corpus, for a fixed number of runs or for TINYHOST_FUZZ_SECONDS.

using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;
using TinyHost.Tests.Syntax;

namespace TinyHost.Tests.Conformance;

public sealed class LiveFuzzTests
{
    private const int Runs = 3_000;

    [Fact]
    public Task Mutated_messages_get_exactly_the_responses_that_the_reference_requires() => FuzzAsync(firstSeed: 0, EchoAsync);

    [Fact]
    public Task Handlers_of_any_kind_over_failing_transports_send_whole_responses_only() =>
        FuzzAsync(firstSeed: 1_000_000_000, AnyHandlerAsync);

    private static async Task FuzzAsync(int firstSeed, Func<byte[], Random, Task> runAsync)
    {
        var seconds = double.Parse(Environment.GetEnvironmentVariable("TINYHOST_FUZZ_SECONDS") ?? "0", CultureInfo.InvariantCulture);
        var watch = Stopwatch.StartNew();
        for (var run = 0; run < Runs || watch.Elapsed.TotalSeconds < seconds; run++)
        {
            var seed = firstSeed + run;
            var random = new Random(seed);
            var octets = Mutation.Next(random);
            try
            {
                await runAsync(octets, random);
            }
            catch (Exception e)
            {
                Assert.Fail($"Seed {seed}: {e.Message}\n{e.StackTrace}\nThe octets:\n{Transcript.Show(octets)}");
            }
        }
    }

    private static async Task EchoAsync(byte[] octets, Random random)
    {
        var echo = new Echo();
        var transport = new MemoryTransport();
        foreach (var piece in Pieces.CutAtRandom(octets, random))
        {
            transport.Arrive(piece);
        }

        using var server = new MemoryServer(echo.HandleAsync, transport.FinishSending());
        Expected.Of(Encoding.Latin1.GetString(octets)).Check(await server.EndAsync(), echo);
        Assert.False(transport.IsAborted);
        Assert.Equal(0, server.Log.Errors);
    }

    private static async Task AnyHandlerAsync(byte[] octets, Random random)
    {
        var transport = new MemoryTransport
        {
            FailSend = random.Next(4) == 0 ? random.Next(4) : null,
            FailReceive = random.Next(4) == 0 ? random.Next(8) : null,
        };
        foreach (var piece in Pieces.CutAtRandom(octets, random))
        {
            transport.Arrive(piece);
        }

        var fallsSilent = random.Next(4) == 0;
        if (!fallsSilent)
        {
            transport.FinishSending();
        }
        else if (random.Next(2) == 0)
        {
            transport.BlockSends();
        }

        var handler = new FuzzHandler(random);
        using var server = new MemoryServer(handler.HandleAsync, transport);
        await LetTimePassUntilServedAsync(server, fallsSilent);
        var sent = await server.EndAsync();
        await handler.LeftBehindAsync().WaitAsync(TestTimeout.Long);
        Check(octets, sent, server, handler.Records);
    }

    private static async Task LetTimePassUntilServedAsync(MemoryServer server, bool fallsSilent)
    {
        for (var watch = Stopwatch.StartNew(); fallsSilent && !server.Served.IsCompleted && watch.Elapsed < TestTimeout.Long;)
        {
            server.Time.Advance(TimeSpan.FromSeconds(20));
            await Task.Yield();
        }
    }

    private static void Check(byte[] octets, string sent, MemoryServer server, IReadOnlyList<FuzzRecord> records)
    {
        Assert.DoesNotContain(server.Log.Entries, entry => entry.Level == LogLevel.Critical);
        Assert.True(server.Log.Errors <= records.Count(record => record.MayBeLogged), string.Join('\n', server.Log.Entries));

        // The handlers saw requests that were sent, and at most one of them with a head only.
        var reference = ReferenceReader.Read(octets, ReferenceLimits.Default);
        Assert.InRange(records.Count, 0, reference.Requests.Count + 1);
        Assert.Equal(
            reference.Requests.Take(records.Count).Select(request => (request.Method, request.Target)),
            records.Take(reference.Requests.Count).Select(record => (record.Method, record.Target)));

        var mayBeHead = Encoding.Latin1.GetString(octets).Contains("HEAD ", StringComparison.Ordinal);
        var responses = ReadResponses(sent, records, mayBeHead)
            .Where(response => !response.IsInterim || response.End == ResponseEnd.CutOff)
            .ToList();
        for (var i = 0; i < responses.Count; i++)
        {
            CheckResponse(responses[i], i < records.Count ? records[i] : null, isLast: i == responses.Count - 1, server.Transport);
        }
    }

    /// <summary>A request that reached no handler is refused, and only the peer knows whether it was HEAD.</summary>
    private static IReadOnlyList<WireResponse> ReadResponses(string sent, IReadOnlyList<FuzzRecord> records, bool mayBeHead)
    {
        var requests = records.Select(record => (record.Method, record.IsHttp10)).ToList();
        var responses = ResponseReader.Read(sent, requests, ("GET", false));
        return mayBeHead && responses is [.., { End: ResponseEnd.CutOff }] && responses.Count(r => !r.IsInterim) > records.Count
            ? ResponseReader.Read(sent, requests, ("HEAD", false))
            : responses;
    }

    private static void CheckResponse(WireResponse response, FuzzRecord? record, bool isLast, MemoryTransport transport)
    {
        if (response.End == ResponseEnd.CutOff)
        {
            // A response may only be cut off by a reset or a failure, which the peer can detect.
            var isDetected = transport.IsAborted || transport.FailSend is not null || transport.FailReceive is not null;
            Assert.True(isLast && isDetected, "A response was cut off undetectably.");
            return;
        }

        if (record is null)
        {
            Assert.InRange(response.Status, 400, 599);
            Assert.True(response.Closes, "A refusal does not announce that it is the last response.");
            Assert.True(isLast, "There are responses after a refusal.");
        }
        else if (response.Values("X-Plan").Count > 0)
        {
            var plan = record.Plan;
            Assert.Equal(plan.Status, response.Status);
            var content = record.Method == "HEAD" || !record.HasContent ? "" : string.Concat(plan.Content);
            // Content that ends with the connection ends early when a send fails: the peer sees an error, not an end.
            var isWhole = response.End == ResponseEnd.Framed || transport.FailSend is null;
            if (record.Succeeded && !transport.IsAborted)
            {
                var own = plan.LeavesBehind == FuzzLeftBehind.Writes
                    ? response.Content.Replace(FuzzHandler.LeftBehindLetter.ToString(), "", StringComparison.Ordinal)
                    : response.Content;
                Assert.StartsWith(own, content, StringComparison.Ordinal);
                Assert.Equal(isWhole ? content.Length : own.Length, own.Length);
            }

            // A handler that fails after its last declared octet differs from one that succeeds by the abort.
            Assert.True(record.Succeeded || (isLast && transport.IsAborted), "A handler that failed has a whole response.");
        }
        else
        {
            if (record.HadStarted && record.Plan is { LeavesItEarly: true, LeavesBehind: FuzzLeftBehind.Writes } && transport.IsAborted)
            {
                // Code that the handler left behind began the response before the handler set its fields, and a reset ended it. Content
                // that ends with the connection looks whole here, but not to the peer.
                Assert.True(isLast, "There are responses after one that was cut off.");
                return;
            }

            Assert.False(record.HadStarted, "Another response replaced one that had begun.");
            Assert.Equal(record.Failure is RequestRejectedException refusal ? refusal.StatusCode : 500, response.Status);
        }
    }
}
