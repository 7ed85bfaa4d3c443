// Owns: tests of asking a worker that is slow, hangs, lies, or is gone.

using System.Buffers.Binary;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using TinyHost.Tests.Support;

namespace TinyHost.Metrics.Tests.Workers;

public sealed class WorkerAskerTests
{
    private static readonly TimeSpan s_long = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    private readonly ManualTime _time = new();

    [Fact]
    public void Collecting_garbage_does_not_close_the_end_that_a_worker_inherits()
    {
        var sources = new WorkerSources(new MetricsOptions(), _time, NullLogger.Instance);
        var memory = sources.Create(1);
        var connection = sources.Connections.Create(1);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.False(connection.IsClosed);
        sources.Started(memory, 1_000);
        sources.Ended(memory);
        Assert.True(connection.IsClosed);
    }

    [Fact]
    public async Task Nobody_waits_again_for_a_question_that_is_overdue()
    {
        var (own, peer) = SocketPair.Create();
        using var worker = new Socket(peer);
        using var asker = new WorkerAsker(own, _time, s_patience);
        var first = asker.AskAsync(ExporterFormat.Text, 0, s_long);
        _time.Advance(s_patience - TimeSpan.FromTicks(1));
        Assert.False(first.IsCompleted);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Null(await first);
        var again = asker.AskAsync(ExporterFormat.Text, 0, s_long);
        Assert.True(again.IsCompletedSuccessfully);
        Assert.Null(await again);

        // The answer to the first question arrives after all, and the next one gets its own.
        var question = await ReadAsync(worker);
        await SocketBytes.SendAsync(worker, new AnswerHead(question.Number, 0, 0).ToBytes());
        WorkerAnswer? answer = null;
        while (answer is null)
        {
            var asked = asker.AskAsync(ExporterFormat.OpenMetrics, 10, s_long);
            if (!asked.IsCompleted)
            {
                question = await ReadAsync(worker);
                Assert.Equal((2, ExporterFormat.OpenMetrics), (question.Number, question.Format));
                await SocketBytes.SendAsync(worker, new AnswerHead(question.Number, 8, 2).ToBytes());
                await SocketBytes.SendAsync(worker, "recordsAB"u8.ToArray());
                await SocketBytes.SendAsync(worker, "C"u8.ToArray());
            }

            answer = await asked;
        }

        Assert.Equal(("recordsA", "BC"), (Text(answer.Records), Text(answer.Text!)));
        worker.Dispose();
    }

    [Fact]
    public async Task A_scrape_in_a_hurry_does_not_cost_others_the_answer()
    {
        var (own, peer) = SocketPair.Create();
        using var worker = new Socket(peer);
        using var asker = new WorkerAsker(own, _time, s_patience);
        var hurried = asker.AskAsync(ExporterFormat.Text, 0, TimeSpan.FromMilliseconds(1));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Null(await hurried);
        var patient = asker.AskAsync(ExporterFormat.Text, 0, s_long);
        Assert.False(patient.IsCompleted);
        await AnswerAsync(worker, ExporterFormat.Text);
        Assert.NotNull(await patient);
        worker.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(AnswerHead.Length)]
    [InlineData(AnswerHead.Length + 50)]
    public async Task A_worker_that_stops_within_its_answer_is_waited_for_once(int sent)
    {
        var (own, peer) = SocketPair.Create();
        using var worker = new Socket(peer);
        using var asker = new WorkerAsker(own, _time, s_patience);
        var asked = asker.AskAsync(ExporterFormat.Text, 0, s_long);
        await ReadAsync(worker);
        var bytes = (byte[])[.. new AnswerHead(1, 100, 0).ToBytes(), .. new byte[100]];
        await SocketBytes.SendAsync(worker, bytes.AsMemory(0, sent));
        _time.Advance(s_patience);
        Assert.Null(await asked);
        Assert.True(asker.AskAsync(ExporterFormat.OpenMetrics, 0, s_long).IsCompletedSuccessfully);
        worker.Dispose();
    }

    [Fact]
    public async Task A_worker_that_sends_a_byte_a_second_is_waited_for_once()
    {
        var (own, peer) = SocketPair.Create();
        using var worker = new Socket(peer);
        using var asker = new WorkerAsker(own, _time, s_patience);
        var asked = asker.AskAsync(ExporterFormat.Text, 0, s_long);
        await ReadAsync(worker);
        foreach (var one in new AnswerHead(1, 100, 0).ToBytes().Take((int)s_patience.TotalSeconds))
        {
            Assert.False(asked.IsCompleted);
            await SocketBytes.SendAsync(worker, new[] { one });
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Null(await asked);
        Assert.True(asker.AskAsync(ExporterFormat.Text, 0, s_long).IsCompletedSuccessfully);
        worker.Dispose();
    }

    [Fact]
    public async Task Scrapes_share_a_question()
    {
        var (own, peer) = SocketPair.Create();
        using var worker = new Socket(peer);
        using var asker = new WorkerAsker(own, _time, s_patience);
        var one = asker.AskAsync(ExporterFormat.Text, 0, s_long);
        var two = asker.AskAsync(ExporterFormat.Text, 0, s_long);
        var other = asker.AskAsync(ExporterFormat.OpenMetrics, 0, s_long);
        await AnswerAsync(worker, ExporterFormat.Text);
        Assert.Same(await one, await two);
        await AnswerAsync(worker, ExporterFormat.OpenMetrics);
        Assert.Equal(ExporterFormat.OpenMetrics, (await other)!.Format);
        worker.Dispose();
    }

    [Theory]
    [InlineData(2, 0, 0)]
    [InlineData(1, -2, 0)]
    [InlineData(1, long.MaxValue, 0)]
    [InlineData(1, 0, -2)]
    [InlineData(1, 0, 11)]
    public async Task A_worker_that_answers_anything_is_not_asked_again(long number, long records, long text)
    {
        var (own, peer) = SocketPair.Create();
        using var worker = new Socket(peer);
        using var asker = new WorkerAsker(own, _time, s_patience);
        var asked = asker.AskAsync(ExporterFormat.Text, 10, s_long);
        await ReadAsync(worker);
        await SocketBytes.SendAsync(worker, new AnswerHead(number, records, text).ToBytes());
        Assert.Null(await asked);
        Assert.Null(await asker.AskAsync(ExporterFormat.Text, 10, s_long));
        worker.Dispose();
    }

    [Fact]
    public async Task A_worker_may_miss_a_part_of_an_answer()
    {
        var (own, peer) = SocketPair.Create();
        using var worker = new Socket(peer);
        using var asker = new WorkerAsker(own, _time, s_patience);
        var asked = asker.AskAsync(ExporterFormat.Text, 10, s_long);
        await ReadAsync(worker);
        await SocketBytes.SendAsync(worker, new AnswerHead(1, AnswerHead.Missing, AnswerHead.Missing).ToBytes());
        Assert.Null(await asked);
        asked = asker.AskAsync(ExporterFormat.Text, 10, s_long);
        await ReadAsync(worker);
        await SocketBytes.SendAsync(worker, new AnswerHead(2, 0, AnswerHead.Missing).ToBytes());
        Assert.Null((await asked)!.Text);
        worker.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(30)]
    public async Task A_worker_that_goes_away_has_no_answer(int sent)
    {
        var (own, peer) = SocketPair.Create();
        using var worker = new Socket(peer);
        using var asker = new WorkerAsker(own, _time, s_patience);
        var asked = asker.AskAsync(ExporterFormat.Text, 10, s_long);
        await ReadAsync(worker);
        var bytes = (byte[])[.. new AnswerHead(1, 100, 0).ToBytes(), .. new byte[100]];
        await SocketBytes.SendAsync(worker, bytes.AsMemory(0, sent));
        worker.Dispose();
        Assert.Null(await asked);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Any_records_in_an_answer_are_survived(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 5_000; round++)
        {
            var writer = new RecordWriter();
            writer.WriteFamily(new SharedFamily(InstrumentKind.Gauge, "depth", "depth", "", "Help.", [], 0));
            writer.BeginSeries(0, SharedFormat.ScalarWords, 1);
            writer.AddZeros(2);
            writer.Add([new KeyValuePair<string, string>("a", "b")]);
            writer.End();
            writer.Begin(RecordKind.Exemplar, 0, 0, 0);
            writer.Add(1.0);
            writer.Add(2.0);
            writer.Add(new string('0', 32));
            writer.Add(new string('1', 16));
            writer.Add([]);
            writer.End();
            var records = writer.Written.ToArray();
            Assert.Single(Assert.Single(new WorkerAnswer(records, [], ExporterFormat.Text).ReadSeries([])).Exemplars!);
            for (var i = 0; i < 4; i++)
            {
                var at = random.Next(records.Length / 4) * 4;
                BinaryPrimitives.WriteInt32LittleEndian(records.AsSpan(at), random.Next(3) switch
                {
                    0 => random.Next(),
                    1 => -1,
                    _ => random.Next(0, 40),
                });
            }

            Assert.True(new WorkerAnswer(records, [], ExporterFormat.Text).ReadSeries([]).Count <= 1);
        }
    }

    private static async Task AnswerAsync(Socket worker, ExporterFormat format)
    {
        var question = await ReadAsync(worker);
        Assert.Equal(format, question.Format);
        await SocketBytes.SendAsync(worker, new AnswerHead(question.Number, 0, 0).ToBytes());
    }

    private static async Task<Question> ReadAsync(Socket worker)
    {
        var bytes = new byte[Question.Length];
        Assert.True(await SocketBytes.TryReceiveAsync(worker, bytes));
        return Question.Read(bytes);
    }

    private static string Text(byte[] bytes) => System.Text.Encoding.ASCII.GetString(bytes);
}
