// Owns: the series to scrape: ten counters with two tags, the same in all scraped servers.

using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;

namespace TinyHost.Bench.Server;

/// <summary>A stage, so that it records once the metrics stage before it collects, and before the server accepts a scrape.</summary>
internal sealed class BenchSeries(Func<RequestContext, Task> app, int count) : Stage(app)
{
    private const int Families = 10;

    private static readonly Meter s_meter = new("Bench");

    protected override void Starting(IReadOnlyList<IPEndPoint> endPoints)
    {
        for (var family = 0; family < Families; family++)
        {
            var counter = s_meter.CreateCounter<long>($"bench.events.{family}", description: "Events of a made-up kind.");
            for (var i = 0; i < count / Families; i++)
            {
                counter.Add(
                    1 + (i * 37),
                    new KeyValuePair<string, object?>("shard", i.ToString("D5", CultureInfo.InvariantCulture)),
                    new KeyValuePair<string, object?>("outcome", i % 2 == 0 ? "success" : "failure"));
            }
        }
    }

    protected override Task InvokeAsync(RequestContext context) => app(context);
}
