using TinyHost.Bench.Reporting;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Tests.Reporting;

public sealed class QuietnessTests
{
    private readonly Results _results = new();

    [Theory]
    [InlineData(99_999, "**no**: nginx reached 99,999 requests/s in keepalive; ")]
    [InlineData(100_000, "yes: nginx reached 100,000 requests/s in keepalive; ")]
    public void A_machine_is_quiet_if_nginx_reaches_100_000_requests_per_second(double rate, string start)
    {
        _results.Add("keepalive", ServerRows.Nginx.Title, Measure.Rate, 0, rate);
        Assert.StartsWith(start, Quietness.Describe(_results), StringComparison.Ordinal);
    }

    [Fact]
    public void Quietness_is_unknown_without_nginx() =>
        Assert.Equal("unknown: this run has no keepalive with nginx", Quietness.Describe(_results));
}
