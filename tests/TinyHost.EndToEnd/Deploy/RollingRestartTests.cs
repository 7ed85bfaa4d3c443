// Owns: that three instances restart one after another behind the proxies of deploy/ without a failed request.

using System.Globalization;
using System.Text.RegularExpressions;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Deploy;

public sealed partial class RollingRestartTests
{
    private const int CallsOfAnInstance = 100;

    [Fact]
    public async Task HAProxy_hides_a_rolling_restart_of_three_instances()
    {
        var haproxy = OutsideProgram.Require("haproxy", package: "haproxy");
        var file = new DeployedFile("deploy/haproxy/haproxy.cfg");
        await using var fleet = await Fleet.StartAsync(DrainDelay(file));
        using var directory = new TemporaryDirectory();
        var port = FreePort.Next();
        var configuration = directory.Write("haproxy.cfg", fleet.Localize(file)
            .Replace("bind :80\n", $"bind 127.0.0.1:{port}\n")
            .Replace(" port 9100\n", $" port {fleet.MetricsPort}\n")
            .Text);
        await using var proxy = ChildProcess.Start(haproxy, ["-db", "-f", configuration]);

        await RestartUnderLoadAsync(fleet, port, proxy);

        for (var i = 1; i <= Fleet.Size; i++)
        {
            await proxy.WaitForOutputAsync($"Server app/app{i} is UP, reason: Layer7 check passed, code: 200");
            // Found by the probe, while the instance still answered.
            Assert.Contains(
                $"Server app/app{i} is DOWN, reason: Layer7 wrong status, code: 503", proxy.Output.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Nginx_hides_a_rolling_restart_of_three_instances()
    {
        OutsideProgram.Require("nginx", package: "nginx-light");
        var file = new DeployedFile("deploy/nginx/app.conf");
        await using var fleet = await Fleet.StartAsync(DrainDelay(file));
        using var directory = new TemporaryDirectory();
        var port = FreePort.Next();
        await using var proxy = Nginx.StartHttp(
            directory, fleet.Localize(file).Replace("listen 80;", $"listen 127.0.0.1:{port};").Text);

        await RestartUnderLoadAsync(fleet, port, proxy);
    }

    private static async Task RestartUnderLoadAsync(Fleet fleet, int port, ChildProcess proxy)
    {
        await Proxy.WaitAsync(proxy, port);
        await using var load = new RpcLoad(port);
        for (var i = 0; i < Fleet.Size; i++)
        {
            await fleet.WaitForCallsAsync(i, CallsOfAnInstance, load);
        }

        for (var i = 0; i < Fleet.Size; i++)
        {
            await fleet.RestartAsync(i);
            await fleet.WaitForCallsAsync(i, CallsOfAnInstance, load);
        }

        await load.StopAsync();
        Assert.True(load.Failures.IsEmpty, $"{string.Join('\n', load.Failures.Take(10))}\n{proxy}");
        Assert.InRange(load.Answered, 2 * Fleet.Size * CallsOfAnInstance, long.MaxValue);
    }

    /// <summary>The delay for which the comment at the head of a file asks.</summary>
    private static int DrainDelay(DeployedFile file) =>
        int.Parse(DrainDelaySetting().Match(file.Text).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^#.* TinyHost:DrainDelay=(\d+)", RegexOptions.Multiline)]
    private static partial Regex DrainDelaySetting();
}
