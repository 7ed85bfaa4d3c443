using TinyHost.Bench.Measuring;

namespace TinyHost.Bench.Tests.Measuring;

public sealed class WrkLoadTests
{
    [Fact]
    public void Command_line_contains_every_setting()
    {
        var load = new WrkLoad("/json")
        {
            Threads = 1,
            Connections = 16,
            Script = "wrk/json.lua",
            ScriptArguments = ["7"],
            Fields = ["Connection: close"],
        };
        Assert.Equal(
            [
                "-t1", "-c16", "-d3s", "--latency", "--timeout", "30s", "-H", "Connection: close", "-s", "wrk/json.lua",
                "http://127.0.0.1:81/json", "7",
            ],
            load.Arguments(port: 81, seconds: 3));
    }

    [Fact]
    public void Report_omits_port_and_duration() =>
        Assert.Equal("wrk -t2 -c64 --latency --timeout 30s http://…/", new WrkLoad("/").ToString());
}
