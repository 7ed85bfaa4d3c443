// Owns: the series to scrape: ten counters with two tags, the same in all scraped servers.

using System.Diagnostics.Metrics;
using System.Globalization;

namespace TinyHost.Bench.Server;

internal sealed class BenchSeries : IDisposable
{
    private const int Families = 10;

    private readonly Meter _meter = new("Bench");

    public BenchSeries(int count)
    {
        for (var family = 0; count > 0 && family < Families; family++)
        {
            var counter = _meter.CreateCounter<long>($"bench.events.{family}", description: "Events of a made-up kind.");
            for (var i = 0; i < count / Families; i++)
            {
                counter.Add(
                    1 + (i * 37),
                    new KeyValuePair<string, object?>("shard", i.ToString("D5", CultureInfo.InvariantCulture)),
                    new KeyValuePair<string, object?>("outcome", i % 2 == 0 ? "success" : "failure"));
            }
        }
    }

    public void Dispose() => _meter.Dispose();
}
