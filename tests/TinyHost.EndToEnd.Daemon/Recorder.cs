// Owns: recording measurements on request, for tests to find in Prometheus.

using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace TinyHost.EndToEnd.Daemon;

internal sealed class Recorder : IDisposable
{
    private static readonly string s_padding = new('x', 100);

    private readonly Meter _meter = new("TinyHost.EndToEnd");
    private readonly Histogram<double>[] _histograms;
    private readonly Counter<double> _total;
    private readonly Counter<long> _series;
    private volatile string? _contentType;

    public Recorder()
    {
        _histograms = [_meter.CreateHistogram<double>("recorded.classic", "s"), _meter.CreateHistogram<double>("recorded.native", "s")];
        _total = _meter.CreateCounter<double>("recorded", "s", "Magnitudes recorded.");
        _series = _meter.CreateCounter<long>("recorded.series", null, "A counter with many series.");
    }

    /// <summary>Records the numbers in the request content, one per line.</summary>
    public async Task RecordAsync(RequestContext context)
    {
        using var reader = new StreamReader(context.Request.Body.AsStream(), Encoding.ASCII);
        while (await reader.ReadLineAsync() is { } line)
        {
            var value = double.Parse(line, CultureInfo.InvariantCulture);
            Array.ForEach(_histograms, histogram => histogram.Record(value));
            _total.Add(Math.Abs(value));
        }
    }

    /// <summary>Creates as many series as the path says, all in one family, each with more than a hundred characters of labels.</summary>
    public Task CreateSeriesAsync(RequestContext context)
    {
        for (var i = int.Parse(context.Request.RouteValues["count"], CultureInfo.InvariantCulture); i > 0; i--)
        {
            _series.Add(i, new("i", i), new("padding", s_padding));
        }

        return Task.CompletedTask;
    }

    /// <summary>A stage that records the Content-Type of the last successful scrape.</summary>
    public Func<RequestContext, Task> RecordScrapeType(Func<RequestContext, Task> next) => async context =>
    {
        await next(context);
        if (context.Request.Path == "/metrics" && context.Response.StatusCode == 200)
        {
            _contentType = context.Response.ContentType;
        }
    };

    /// <summary>Responds with the Content-Type of the last successful scrape.</summary>
    public Task GetScrapeTypeAsync(RequestContext context) => context.Response.WriteTextAsync(_contentType ?? "none");

    public void Dispose() => _meter.Dispose();
}
