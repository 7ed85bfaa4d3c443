using System.Text;
using TinyHost.Metrics.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.Metrics.Tests.Foreign;

public sealed class SharedExportTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);
    private readonly ManualTime _time = new();
    private readonly StandInExporter _exporter = new("a 1");

    [Fact]
    public async Task Simultaneous_scrapes_share_one_run()
    {
        var release = new TaskCompletionSource();
        _exporter.Before = _ => release.Task;
        var export = Export();
        var first = export.GetAsync(ScrapeDeadline.None);
        var second = export.GetAsync(ScrapeDeadline.None);
        release.SetResult();
        Assert.Same(await first, await second);
        Assert.Equal(1, _exporter.Runs);
        Assert.NotSame(await first, await export.GetAsync(ScrapeDeadline.None));
    }

    [Theory]
    [InlineData(0, 40, 200)]
    [InlineData(250, 2, 4)]
    public async Task Reading_the_output_waits_for_other_work_a_bounded_number_of_times(int waitMilliseconds, int minWaits, int maxWaits)
    {
        // Each reading of the clock takes as long as the lines read before it.
        _time.PassesWithEachReading = TimeSpan.FromMicroseconds(100);
        var exporter = new StandInExporter(string.Concat(Enumerable.Range(0, 50_000).Select(i => $"a{{i=\"{i}\"}} 1\n")));
        var export = new SharedExport(
            exporter, ExporterFormat.Text, new MetricsOptions { CallbackTimeout = TimeSpan.FromDays(1) }, _time);
        var pool = new HeldContext();
        var families = pool.Run(() => export.GetAsync(ScrapeDeadline.None));
        var waits = 0;
        for (; !pool.IsEmpty; waits++)
        {
            _time.Suspend(TimeSpan.FromMilliseconds(waitMilliseconds));
            pool.RunNext();
        }

        Assert.Single((await families)!.Families);
        Assert.InRange(waits, minWaits, maxWaits);
    }

    [Fact]
    public async Task The_output_of_an_exporter_serves_later_scrapes_for_its_lifetime()
    {
        var export = Export(TimeSpan.FromSeconds(2));
        var first = await export.GetAsync(ScrapeDeadline.None);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Same(first, await export.GetAsync(ScrapeDeadline.None));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.NotSame(first, await export.GetAsync(ScrapeDeadline.None));
        Assert.Equal(2, _exporter.Runs);
    }

    [Fact]
    public async Task A_late_exporter_is_cancelled_and_run_again_after_it_has_ended()
    {
        var ended = new TaskCompletionSource();
        var cancelled = new TaskCompletionSource();
        _exporter.Before = async cancellationToken =>
        {
            using var registration = cancellationToken.Register(cancelled.SetResult);
            await ended.Task;
        };
        var export = Export();
        var scrape = export.GetAsync(ScrapeDeadline.None);
        _time.Advance(s_patience);
        Assert.Null(await scrape);
        await cancelled.Task;

        // Later scrapes do not wait for the late exporter again.
        Assert.Null(await export.GetAsync(ScrapeDeadline.None));
        Assert.Equal(1, _exporter.Runs);

        _exporter.Before = _ => Task.CompletedTask;
        ended.SetResult();
        await Until.TrueAsync(() => export.GetAsync(ScrapeDeadline.None) is var again && again.GetAwaiter().GetResult() is not null);
        Assert.Equal(2, _exporter.Runs);
    }

    [Fact]
    public async Task A_scrape_that_times_out_first_does_not_cost_others_the_exporter()
    {
        var release = new TaskCompletionSource();
        _exporter.Before = _ => release.Task;
        var export = Export();
        var hurried = export.GetAsync(new ScrapeDeadline(_time, _time.GetTimestamp() + TimeSpan.FromSeconds(1).Ticks));
        var patient = export.GetAsync(ScrapeDeadline.None);
        _time.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<ScrapeEndedException>(() => hurried);
        release.SetResult();
        Assert.NotNull(await patient);
    }

    [Fact]
    public async Task The_timeout_of_an_exporter_starts_with_its_run()
    {
        var release = new TaskCompletionSource();
        _exporter.Before = _ => release.Task;
        var export = Export();
        var first = export.GetAsync(ScrapeDeadline.None);
        _time.Advance(TimeSpan.FromSeconds(4));
        var second = export.GetAsync(ScrapeDeadline.None);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await first);
        Assert.Null(await second);
        release.SetResult();
    }

    [Fact]
    public async Task An_exporter_that_blocks_its_thread_does_not_block_the_scrape()
    {
        using var release = new ManualResetEventSlim();
        _exporter.Before = _ =>
        {
            release.Wait(CancellationToken.None);
            return Task.CompletedTask;
        };
        var scrape = Export().GetAsync(ScrapeDeadline.None);
        _time.Advance(s_patience);
        Assert.Null(await scrape);
        release.Set();
    }

    [Fact]
    public async Task A_cancelled_exporter_cannot_write()
    {
        var written = new TaskCompletionSource<Exception?>();
        var given = new TaskCompletionSource();
        var export = new SharedExport(
            new Endless(given.Task, written), ExporterFormat.Text, new MetricsOptions { CallbackTimeout = s_patience }, _time);
        var scrape = export.GetAsync(ScrapeDeadline.None);
        _time.Advance(s_patience);
        Assert.Null(await scrape);
        given.SetResult();
        Assert.IsAssignableFrom<OperationCanceledException>(await written.Task);
    }

    [Fact]
    public async Task Exceptions_of_an_exporter_reach_the_caller()
    {
        _exporter.Before = _ => throw new TimeoutException("its own");
        var error = await Assert.ThrowsAsync<TimeoutException>(() => Export().GetAsync(ScrapeDeadline.None));
        Assert.Equal("its own", error.Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_exporter_that_writes_too_much_is_stopped_even_if_it_catches_the_exception(bool catches)
    {
        var exporter = new Spendthrift(catches);
        var export = new SharedExport(exporter, ExporterFormat.Text, new MetricsOptions { MaxExporterSize = 100_000 }, _time);
        var error = await Assert.ThrowsAsync<ExporterTooLargeException>(() => export.GetAsync(ScrapeDeadline.None));
        Assert.Contains("100000 bytes (MaxExporterSize)", error.Message, StringComparison.Ordinal);
        Assert.Equal(catches ? null : exporter.Thrown, error.InnerException);
        Assert.InRange(exporter.Written, 90_000, 100_000);
    }

    [Theory]
    [InlineData(0, 4_095)]
    [InlineData(0, 4_096)]
    [InlineData(0, 4_097)]
    [InlineData(0, 200_000)]
    [InlineData(200_000, 200_001)]
    [InlineData(200_000, 100)]
    public void The_output_is_what_was_written_and_ends_with_a_line_feed(int capacity, int length)
    {
        foreach (var end in (string[])["", "\n"])
        {
            var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + (i % 26)))) + end);
            using var output = new ExporterOutput(new byte[capacity], text.Length, CancellationToken.None);
            output.Write(text, 0, 10);
            output.WriteByte(text[10]);
            output.Write(text.AsSpan(11));
            Assert.Equal(end == "" ? [.. text, (byte)'\n'] : text, output.Complete().Text.ToArray());
            Assert.Throws<ObjectDisposedException>(() => output.WriteByte(1));
        }
    }

    [Fact]
    public async Task An_exporter_may_write_exactly_the_limit()
    {
        Assert.NotNull(await Export(maxSize: 3).GetAsync(ScrapeDeadline.None));
        await Assert.ThrowsAsync<ExporterTooLargeException>(() => Export(maxSize: 2).GetAsync(ScrapeDeadline.None));
    }

    private SharedExport Export(TimeSpan lifetime = default, int maxSize = int.MaxValue) =>
        new(
            _exporter,
            ExporterFormat.Text,
            new MetricsOptions { CacheLifetime = lifetime, CallbackTimeout = s_patience, MaxExporterSize = maxSize },
            _time);

    private sealed class Spendthrift(bool catches) : IMetricsExporter
    {
        private readonly byte[] _line = Encoding.UTF8.GetBytes("a" + new string('0', 998) + "\n");

        public string Name => "spendthrift";

        public bool WritesOpenMetrics => false;

        internal Exception? Thrown { get; private set; }

        internal int Written { get; private set; }

        public async Task WriteAsync(Stream output, ExporterFormat format, CancellationToken cancellationToken)
        {
            try
            {
                while (true)
                {
                    await output.WriteAsync(_line, cancellationToken);
                    Written += _line.Length;
                }
            }
            catch (IOException exception)
            {
                Thrown = new InvalidOperationException("wrapped", exception);
                if (!catches)
                {
                    throw Thrown;
                }

                Assert.Throws<ExporterTooLargeException>(() => output.WriteByte((byte)'\n'));
            }
        }
    }

    private sealed class Endless(Task begin, TaskCompletionSource<Exception?> ended) : IMetricsExporter
    {
        public string Name => "endless";

        public bool WritesOpenMetrics => false;

        public async Task WriteAsync(Stream output, ExporterFormat format, CancellationToken cancellationToken)
        {
            await begin;
            try
            {
                // The token is cancelled soon after the scrape continues.
                while (true)
                {
                    output.WriteByte((byte)'\n');
                }
            }
            catch (Exception exception)
            {
                ended.SetResult(exception);
                throw;
            }
        }
    }
}
