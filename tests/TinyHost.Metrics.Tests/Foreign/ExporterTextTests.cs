// Owns: tests that the memory of an exporter's text is used again, and never while somebody needs the text.

using System.Text;
using TinyHost.Metrics.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.Metrics.Tests.Foreign;

[Collection(ServersAlone.Name)]
public sealed class ExporterTextTests
{
    [Fact]
    public void The_last_holder_returns_the_memory_for_the_next_text()
    {
        var spare = new SpareMemory();
        var memory = new byte[100];
        var text = new ExporterText([], memory, spare);
        text.Hold();
        text.Release();
        Assert.NotSame(memory, spare.Take(90));
        text.Release();
        Assert.Same(memory, spare.Take(90));
        Assert.NotSame(memory, spare.Take(90));
    }

    [Theory]
    [InlineData(160, 170, true)]
    [InlineData(160, 169, false)]
    [InlineData(4_000, 4_500, true)]
    public void Memory_is_used_again_if_the_text_may_grow_by_a_sixteenth(int length, int spareLength, bool isUsed)
    {
        var (spare, memory) = (new SpareMemory(), new byte[spareLength]);
        spare.Return(memory);
        var taken = spare.Take(length);
        Assert.Equal(isUsed, taken == memory);
        Assert.True(isUsed || taken.Length == length * 9 / 8);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(60)]
    public async Task A_text_stays_as_it_is_while_it_is_held(int cacheSeconds)
    {
        var exporter = new Numbered();
        var options = new MetricsOptions { CacheLifetime = TimeSpan.FromSeconds(cacheSeconds), CallbackTimeout = TimeSpan.FromMinutes(5) };
        var time = new ManualTime();
        var export = new SharedExport(exporter, ExporterFormat.Text, options, time);
        List<ExporterText> held = [];
        for (var run = 1; run <= 12; run++)
        {
            held.Add((await export.GetAsync(ScrapeDeadline.None))!);
            time.Advance(TimeSpan.FromSeconds(60));
            if (run % 3 == 0)
            {
                held[0].Release();
                held.RemoveAt(0);
            }

            Assert.All(held, text => Assert.Equal(
                Numbered.TextOf(run - held.Count + 1 + held.IndexOf(text)),
                Encoding.ASCII.GetString(Assert.Single(text.Families).Text.Span)));
        }
    }

    [Fact]
    public async Task Scrapes_do_not_allocate_memory_for_the_text()
    {
        await using var server = await MetricsServer.StartAsync(options =>
        {
            options.Exporters.Add(new Numbered());
            options.ExportersAlone = true;
        });
        using var client = new HttpClient();
        await ScrapeAsync();
        await ScrapeAsync();
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < 10; i++)
        {
            await ScrapeAsync();
        }

        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 5 * Numbered.Length);

        async Task ScrapeAsync()
        {
            var url = new Uri($"http://127.0.0.1:{server.MetricsPort}/metrics");
            await using var content = await client.GetStreamAsync(url, TestContext.Current.CancellationToken);
            await content.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task An_exporter_cannot_write_after_it_has_ended()
    {
        var exporter = new Numbered();
        var export = new SharedExport(exporter, ExporterFormat.Text, new MetricsOptions(), TimeProvider.System);
        Assert.NotNull(await export.GetAsync(ScrapeDeadline.None));
        Assert.Throws<ObjectDisposedException>(() => exporter.Output!.Write("b 1\n"u8));
    }

    /// <summary>Writes a long text that differs from run to run, from memory of its own.</summary>
    private sealed class Numbered : IMetricsExporter
    {
        internal const int Length = 1_000_000;

        private readonly byte[] _text = new byte[Length];
        private int _runs;

        public string Name => "numbered";

        public bool WritesOpenMetrics => false;

        public bool IsVerbatimAlone => true;

        internal Stream? Output { get; private set; }

        internal static string TextOf(int run) => $"# HELP a {new string((char)('a' + run), Length - 18)}\na 1\n";

        public Task WriteAsync(Stream output, ExporterFormat format, CancellationToken cancellationToken)
        {
            Output = output;
            Encoding.ASCII.GetBytes("# HELP a ", _text);
            _text.AsSpan(9, Length - 18).Fill((byte)('a' + ++_runs));
            Encoding.ASCII.GetBytes("\na 1\n", _text.AsSpan(Length - 9));
            output.Write(_text, 0, Length / 3);
            output.Write(_text, Length / 3, Length - 4 - (Length / 3));
            return Task.CompletedTask;
        }
    }
}
