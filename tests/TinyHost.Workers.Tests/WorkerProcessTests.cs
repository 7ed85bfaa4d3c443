// Owns: that a parent and its workers serve: sockets, metrics, health, deaths, and what systemd is told, with real processes.

using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using TinyHost.EndToEnd.Support;
using TinyHost.Workers.Tests.Support;

namespace TinyHost.Workers.Tests;

public sealed class WorkerProcessTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Workers_answer_the_app_the_parent_answers_for_monitoring_and_Prometheus_finds_each_worker()
    {
        var file = Path.Combine(_directory.Path, "targets.json");
        await using var daemon = await WorkersDaemon.StartAsync(2, $"--TinyHost:Workers:TargetsFile={file}");
        var workers = await daemon.WorkersAsync();
        Assert.Equal([1, 2], workers.Select(worker => worker.Number));
        Assert.DoesNotContain(daemon.Parent.Id, workers.Select(worker => worker.ProcessId));
        var answered = new HashSet<int>();
        var requests = 0;
        while (answered.Count < 2)
        {
            answered.Add(await daemon.ProcessIdAsync());
            Assert.True(++requests < 10_000, "One worker answers all requests.");
        }

        Assert.Equal(workers.Select(worker => worker.ProcessId).Order(), answered.Order());
        var list = await daemon.Metrics.GetAsync("-/workers", Cancellation);
        Assert.Equal((HttpStatusCode.OK, "application/json"), (list.StatusCode, list.Content.Headers.ContentType!.ToString()));
        Assert.Equal(await list.Content.ReadAsStringAsync(Cancellation), await File.ReadAllTextAsync(file, Cancellation));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await daemon.Metrics.PostAsync("-/workers", null, Cancellation)).StatusCode);
        Assert.Equal("Ready.\n", await daemon.Metrics.GetStringAsync("-/ready", Cancellation));
        Assert.Equal("Healthy.\n", await daemon.Metrics.GetStringAsync("-/healthy", Cancellation));

        // The worker counts a request when its response has been sent, which may be after the client has read it.
        var counted = await Deadline.UntilAsync(
            $"{requests} counted requests",
            async () => (await Task.WhenAll(workers.Select(worker => CountAsync(daemon, worker.Target)))).Sum(),
            sum => sum >= requests);
        Assert.Equal(requests, counted);
        Assert.Equal(0, await daemon.Parent.TerminateAsync());
        Assert.Equal("", daemon.Parent.Errors.ToString());
        Assert.Equal("[]", await File.ReadAllTextAsync(file, Cancellation));
        Assert.All(workers, worker => Assert.False(WorkersDaemon.Exists(worker.ProcessId)));
    }

    [Fact]
    public async Task A_worker_that_is_killed_is_started_again_and_others_answer_meanwhile()
    {
        await using var daemon = await WorkersDaemon.StartAsync(2);
        var before = await daemon.WorkersAsync();
        WorkersDaemon.Signal(before[0].ProcessId, WorkersDaemon.SigKill);
        await daemon.Parent.WaitForOutputAsync($"Worker 1, process {before[0].ProcessId}, ended (SIGKILL). It is started again in 0.1 s.");
        var after = await Deadline.UntilAsync(
            "the next worker 1",
            async () =>
            {
                // One of those that wait in the queue at any time.
                Assert.NotEqual(0, await daemon.ProcessIdAsync());
                return await daemon.WorkersAsync();
            },
            workers => workers.Count == 2 && workers[0].ProcessId != before[0].ProcessId);
        Assert.Equal((1, before[1]), (after[0].Number, after[1]));
        // As an operator would, who wants to have it replaced.
        WorkersDaemon.Signal(before[1].ProcessId, WorkersDaemon.SigTerm);
        await daemon.Parent.WaitForOutputAsync($"Worker 2, process {before[1].ProcessId}, ended (exit code 0). It is started again");
    }

    [Fact]
    public async Task A_parent_that_is_killed_leaves_no_worker()
    {
        await using var daemon = await WorkersDaemon.StartAsync(2);
        var workers = await daemon.WorkersAsync();
        await daemon.Parent.KillAsync();
        await Deadline.UntilAsync(
            "the end of the workers",
            () => Task.FromResult(workers.Count(worker => WorkersDaemon.Exists(worker.ProcessId))),
            count => count == 0);
    }

    [Fact]
    public async Task Systemd_is_told_by_the_parent_alone()
    {
        using var systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        var path = Path.Combine(_directory.Path, "notify");
        systemd.Bind(new UnixDomainSocketEndPoint(path));
        await using var daemon = WorkersDaemon.Launch(
            [], new Dictionary<string, string> { ["NOTIFY_SOCKET"] = path, ["WATCHDOG_USEC"] = "2000000" }, "--workers", "2");
        Assert.Equal("READY=1\nSTATUS=2 workers are ready", await NextAsync(systemd));
        Assert.Equal("WATCHDOG=1", await NextAsync(systemd));
        var hanging = (await daemon.WorkersAsync())[1].ProcessId;
        WorkersDaemon.Signal(hanging, WorkersDaemon.SigStop);
        await daemon.Parent.WaitForOutputAsync($"Worker 2, process {hanging}, does not live: no answer for ");
        Assert.StartsWith(
            $"STATUS=Not alive: worker 2 (process {hanging}): no answer for ", await NextAsync(systemd, "STATUS"),
            StringComparison.Ordinal);
        var ready = await daemon.Metrics.GetStringAsync("-/ready", Cancellation);
        Assert.Equal("Ready.\nworkers: degraded: worker 2: no answer\n", ready);
        WorkersDaemon.Signal(hanging, WorkersDaemon.SigCont);
        await daemon.Parent.WaitForOutputAsync($"Worker 2, process {hanging}, lives again.");
        Assert.Equal("WATCHDOG=1", await NextAsync(systemd, "WATCHDOG"));
        daemon.Signal(WorkersDaemon.SigHup);
        Assert.Matches("^RELOADING=1\nMONOTONIC_USEC=[0-9]+\nSTATUS=Replacing the workers$", await NextAsync(systemd, "RELOADING"));
        Assert.Equal("READY=1\nSTATUS=2 workers are ready", await NextAsync(systemd, "READY"));
        daemon.Signal(WorkersDaemon.SigTerm);
        Assert.StartsWith("STOPPING=1\nEXTEND_TIMEOUT_USEC=", await NextAsync(systemd, "STOPPING"), StringComparison.Ordinal);
        Assert.Equal(0, await daemon.Parent.WaitForExitAsync());
    }

    [Fact]
    public async Task Sockets_of_systemd_are_handed_on()
    {
        var activate = OutsideProgram.Require("systemd-socket-activate", package: "systemd");
        var port = FreePort.Next();
        var variables = new[] { "PATH", "HOME", "DOTNET_ROOT" }.Where(name => Environment.GetEnvironmentVariable(name) is not null);
        await using var daemon = WorkersDaemon.Launch(
            [activate, "-l", $"127.0.0.1:{port}", "--fdname", "web", .. variables.SelectMany(name => new[] { "-E", name })], null,
            $"--TinyHost:Prefixes:0=http://127.0.0.1:{port}/", "--workers", "2");
        using var http = new HttpClient { Timeout = Deadline.Limit };
        var answer = Deadline.UntilAsync(
            "an answer", () => http.GetStringAsync($"http://127.0.0.1:{port}/restart/process", Cancellation), text => text.Length > 0);
        await daemon.Parent.WaitForOutputAsync($"Listening on http://127.0.0.1:{port}/, a socket that systemd passed as 'web'");
        await daemon.Parent.WaitForOutputAsync($"Listening on http://127.0.0.1:{port}/, a socket that the parent process passed as 'web'");
        Assert.NotEqual($"{daemon.Parent.Id}", await answer);
        Assert.Equal(0, await daemon.Parent.TerminateAsync());
    }

    [Fact]
    public async Task Lines_of_all_workers_stay_whole()
    {
        await using var daemon = await WorkersDaemon.StartAsync(
            3, "--Logging:Console:FormatterName=json", "--Logging:LogLevel:TinyHost=Debug");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => RefuseAsync(daemon.AppPort, 25)));
        Assert.Equal(0, await daemon.Parent.TerminateAsync());
        var lines = daemon.Parent.Output.ToString().Split('\n');
        Assert.True(lines.Count(line => line.Contains("the request was refused", StringComparison.Ordinal)) >= 200, $"{daemon.Parent}");
        Assert.All(lines, line => Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(line).RootElement.ValueKind));
    }

    private static async Task RefuseAsync(int port, int times)
    {
        for (var i = 0; i < times; i++)
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port, Cancellation);
            await client.GetStream().WriteAsync("GET  / HTTP/1.1\r\n\r\n"u8.ToArray(), Cancellation);
            using var reader = new StreamReader(client.GetStream());
            await reader.ReadToEndAsync(Cancellation);
        }
    }

    private static async Task<double> CountAsync(WorkersDaemon daemon, string target)
    {
        var text = await daemon.Metrics.GetStringAsync(new Uri($"http://{target}/metrics"), Cancellation);
        var line = text.Split('\n').SingleOrDefault(line =>
            line.StartsWith("http_server_request_duration_seconds_count{", StringComparison.Ordinal)
            && line.Contains("/restart/process", StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task<string> NextAsync(Socket systemd, string? beginning = null)
    {
        using var deadline = Deadline.Start();
        var buffer = new byte[4_096];
        while (true)
        {
            var length = await systemd.ReceiveAsync(buffer, SocketFlags.None, deadline.Token);
            var message = Encoding.UTF8.GetString(buffer, 0, length);
            if (beginning is null || message.StartsWith(beginning, StringComparison.Ordinal))
            {
                return message;
            }
        }
    }
}
