// Owns: that each query of the dashboard in deploy/grafana returns data from a Prometheus that scrapes running daemons.

using System.Text.Json;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Deploy;

public sealed class DashboardTests
{
    // Queries without data here, each with the reason.
    private static readonly Dictionary<string, string> s_exceptions = new()
    {
        ["tinyhost_worker_"] = "The daemons of this test are single processes.",
        ["changes(process_start_time_seconds"] = "Marks restarts; no daemon of this test restarts.",
    };

    [Fact]
    public async Task Each_query_returns_data()
    {
        await using var daemons = await FaultyDaemons.StartAsync();
        await using var prometheus = await PrometheusServer.StartAsync(daemons.Targets);
        var queries = Dashboard.Queries.Where(query => !IsException(query.Query)).ToList();
        await Deadline.UntilAsync("data for each query", RemainingAsync, remaining => remaining == "");

        foreach (var (selector, label) in Dashboard.Variables)
        {
            Assert.NotEmpty(await prometheus.QueryAllAsync($"count by ({label}) ({selector})"));
        }

        // A query with a misspelt name has no data, but is no error either.
        Assert.Empty(await prometheus.QueryAllAsync("""rate(http_server_requests_duration_seconds_count{job=~".*"}[1m])"""));
        foreach (var (_, query) in Dashboard.Queries.Where(query => IsException(query.Query)))
        {
            Assert.Empty(await prometheus.QueryAllAsync(query));
        }

        async Task<string> RemainingAsync()
        {
            await daemons.UseAsync();
            var remaining = new List<(string Title, string Query)>();
            foreach (var query in queries)
            {
                var values = await prometheus.QueryAllAsync(query.Query);
                if (values.Count == 0 || values.All(double.IsNaN))
                {
                    remaining.Add(query);
                }
            }

            queries = remaining;
            return string.Join('\n', remaining.Select(query => $"{query.Title}: {query.Query}"));
        }
    }

    [Fact]
    public void Each_exception_has_a_query() =>
        Assert.All(s_exceptions.Keys, key => Assert.Contains(
            Dashboard.Queries, query => query.Query.Contains(key, StringComparison.Ordinal)));

    [Fact]
    public void Panels_are_described_and_do_not_overlap()
    {
        var panels = Dashboard.Panels;
        Assert.Equal(panels.Count, panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        Assert.All(panels, panel => Assert.NotEmpty(Dashboard.Text(panel, "title")));
        Assert.All(
            panels.Where(panel => Dashboard.Text(panel, "type") != "row"),
            panel => Assert.EndsWith(".", Dashboard.Text(panel, "description"), StringComparison.Ordinal));
        var cells = panels.SelectMany(Cells).ToList();
        Assert.Equal(cells.Count, cells.Distinct().Count());
        Assert.All(cells, cell => Assert.InRange(cell.X, 0, 23));
    }

    private static bool IsException(string query) => s_exceptions.Keys.Any(key => query.Contains(key, StringComparison.Ordinal));

    private static IEnumerable<(int X, int Y)> Cells(JsonElement panel)
    {
        var position = panel.GetProperty("gridPos");
        return Enumerable.Range(Number("x"), Number("w"))
            .SelectMany(_ => Enumerable.Range(Number("y"), Number("h")), (x, y) => (x, y));

        int Number(string name) => position.GetProperty(name).GetInt32();
    }
}
