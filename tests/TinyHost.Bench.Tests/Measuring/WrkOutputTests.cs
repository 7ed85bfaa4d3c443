using TinyHost.Bench.Measuring;

namespace TinyHost.Bench.Tests.Measuring;

public sealed class WrkOutputTests
{
    private const string Clean = """
        Running 2s test @ http://127.0.0.1:28198/
          2 threads and 64 connections
          Thread Stats   Avg      Stdev     Max   +/- Stdev
            Latency    11.25ms   11.33ms  82.31ms   89.18%
            Req/Sec     3.52k     1.59k    6.86k    69.23%
          Latency Distribution
             50%  799.00us
             75%   13.92ms
             90%   23.87ms
             99%    1.05s
          13912 requests in 2.02s, 2.08MB read
        Requests/sec:   6898.25
        Transfer/sec:      1.03MB
        """;

    [Fact]
    public void Parse_reads_requests_rate_and_latencies()
    {
        var output = WrkOutput.Parse(Clean);
        Assert.Equal(new WrkOutput(13_912, 6_898.25, 0.799, 1_050, SocketErrors: 0, NotSuccessful: 0), output);
    }

    [Fact]
    public void Parse_reads_errors_if_there_are_any()
    {
        var output = WrkOutput.Parse(Clean.Replace(
            "Requests/sec",
            "  Socket errors: connect 1, read 20, write 300, timeout 4000\n  Non-2xx or 3xx responses: 17\nRequests/sec",
            StringComparison.Ordinal));
        Assert.Equal(4_321, output.SocketErrors);
        Assert.Equal(17, output.NotSuccessful);
    }

    [Theory]
    [InlineData("850.00us", 0.85)]
    [InlineData("1.31ms", 1.31)]
    [InlineData("2.05s", 2_050)]
    [InlineData("1.50m", 90_000)]
    public void Times_are_parsed_in_every_unit(string text, double milliseconds) =>
        Assert.Equal(milliseconds, WrkOutput.Milliseconds(text), tolerance: 1e-9);

    [Fact]
    public void Unknown_time_units_are_rejected() => Assert.Throws<BenchException>(() => WrkOutput.Milliseconds("3.00h"));

    [Fact]
    public void Output_without_latencies_is_rejected_and_quoted()
    {
        var exception = Assert.Throws<BenchException>(() => WrkOutput.Parse("12 requests in 1.00s, 1KB read\nRequests/sec: 12.00\n"));
        Assert.Contains("12 requests in 1.00s", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Latencies_in_any_order_give_the_figures()
    {
        var output = WrkOutput.Of(Enumerable.Range(1, 200).Reverse().Select(number => (double)number), TimeSpan.FromSeconds(4));
        Assert.Equal(new WrkOutput(200, 50, 101, 199, SocketErrors: 0, NotSuccessful: 0), output);
    }

    [Fact]
    public void A_run_without_responses_has_no_figures() =>
        Assert.Equal("no response has come.", Assert.Throws<BenchException>(() => WrkOutput.Of([], TimeSpan.FromSeconds(1))).Message);
}
